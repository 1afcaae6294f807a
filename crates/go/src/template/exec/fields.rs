//! Fields, methods and variables.

use super::super::node::Kind;
use super::super::timely;
use super::super::value::Value;
use super::{Args, At, Done, Run};

impl<'t> Run<'t> {
    /// A variable or the value of parentheses, with what follows its dots.
    pub(super) fn path(&mut self, dot: &Value, args: Args<'t>) -> Done<Value> {
        self.at = At::Expr(args.first);
        match &args.first.kind {
            Kind::Variable(name, names) => {
                let known = self.variables.iter().rev().find(|(known, _)| **known == **name);
                let Some((_, value)) = known else {
                    return self.fail(format!("undefined variable: {name}"));
                };
                let value = value.clone();
                if names.is_empty() {
                    self.alone(args.first, args.rest, args.last.is_some())?;
                    return Ok(value);
                }
                self.fields(dot, value, names, args)
            }
            Kind::Chain(of, names) => {
                if matches!(of.kind, Kind::Nil) {
                    let shown = args.first;
                    return self.fail(format!("indirection through explicit nil in {shown}"));
                }
                let value = self.arg(dot, super::Type::Any, of)?;
                self.fields(dot, value, names, args)
            }
            Kind::Dot
            | Kind::Nil
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::Text { .. }
            | Kind::Field(_)
            | Kind::Function(_)
            | Kind::Pipe(_) => Ok(Value::Missing),
        }
    }

    /// Goes from field to field; the last one gets the arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Value,
        mut value: Value,
        names: &'t [String],
        args: Args<'t>,
    ) -> Done<Value> {
        let Some((last, before)) = names.split_last() else { return Ok(value) };
        let first = args.first;
        for name in before {
            value = self.field(dot, &value, name, Args { first, rest: &[], last: None })?;
        }
        self.field(dot, &value, last, args)
    }

    fn field(&mut self, dot: &Value, on: &Value, name: &str, args: Args<'t>) -> Done<Value> {
        if matches!(on, Value::Missing) {
            return Ok(Value::Missing);
        }
        if matches!(on, Value::Nil) {
            return self.fail(format!("nil pointer evaluating interface {{}}.{name}"));
        }
        let methods = on.of().map_or_else(|| timely::methods(on), |of| of.methods);
        if let Some(method) = methods.iter().find(|method| method.name == name) {
            self.at = At::Expr(args.first);
            let given = args.rest.len() + usize::from(args.last.is_some());
            self.count(method, given)?;
            let first = args.first;
            let values = self.args(dot, method, args.rest, args.last)?;
            return self.call(method, on, &values, At::Expr(first));
        }
        let has_args = !args.rest.is_empty() || args.last.is_some();
        match on {
            Value::Struct(_) => match on.get(name) {
                Some(_) if has_args => {
                    self.fail(format!("{name} has arguments but cannot be invoked as function"))
                }
                Some(value) => Ok(value.clone()),
                None => self.unknown(on, name),
            },
            Value::Map(_) if has_args => {
                self.fail(format!("{name} is not a method but has arguments"))
            }
            Value::Map(map) => Ok(map.entries.get(name).cloned().unwrap_or_else(|| on.zero())),
            Value::Missing
            | Value::Nil
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Float(_)
            | Value::Text(..)
            | Value::Time(_)
            | Value::List(_) => self.unknown(on, name),
        }
    }

    fn unknown(&self, on: &Value, name: &str) -> Done<Value> {
        self.fail(format!("can't evaluate field {name} in type {}", on.type_name()))
    }
}

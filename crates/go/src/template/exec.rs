//! Executing a tree over a value.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::html::Markup;
use super::meter::Meter;
use super::node::{Branch, Command, Expr, Include, Kind, Node, Number, Pipe, Tree};
use super::value::{Call, Function, Int, Kind as Type, Value};
use super::{DEPTH_MAX, Format, OUTPUT_BYTES_MAX, Set};
use crate::fmt::{Out, value as print};
use crate::quote::quoted;

mod fields;

/// Executes the last of `own` over `root`; the others are its definitions, which go before those of `set`.
pub(super) fn execute(
    set: &Set,
    own: &[Tree],
    format: Format,
    root: &Value,
    now: Timestamp,
) -> Result<String, String> {
    let Some(tree) = own.last() else { return Ok(String::new()) };
    let mut run = Run {
        set,
        own,
        root,
        now,
        markup: (format == Format::Html).then(Markup::new),
        out: Out::new(OUTPUT_BYTES_MAX),
        meter: Meter::new(),
        variables: vec![("$".into(), root.clone())],
        tree,
        at: At::Nowhere,
        depth: 0,
    };
    run.list(root, &tree.root)?;
    if let Some(markup) = &run.markup {
        markup.finish()?;
    }
    run.out.finish()
}

/// What happens after a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// What is being executed, for messages.
#[derive(Clone, Copy)]
enum At<'t> {
    Nowhere,
    Pipe(&'t Pipe),
    Command(&'t Command),
    Expr(&'t Expr),
    Include(&'t Include),
}

impl At<'_> {
    fn at(&self) -> usize {
        match self {
            At::Nowhere => 0,
            At::Pipe(pipe) => pipe.at,
            At::Command(command) => command.at,
            At::Expr(expr) => expr.at,
            At::Include(include) => include.at,
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Nowhere => Ok(()),
            At::Pipe(pipe) => pipe.fmt(f),
            At::Command(command) => command.fmt(f),
            At::Expr(expr) => expr.fmt(f),
            At::Include(include) => include.fmt(f),
        }
    }
}

struct Run<'t> {
    set: &'t Set,
    own: &'t [Tree],
    root: &'t Value,
    now: Timestamp,
    markup: Option<Markup>,
    out: Out,
    meter: Meter,
    /// With their `$`, the newest last; the first is `$` itself.
    variables: Vec<(Arc<str>, Value)>,
    tree: &'t Tree,
    at: At<'t>,
    depth: usize,
}

type Done<T> = Result<T, String>;

impl<'t> Run<'t> {
    fn fail<T>(&self, why: impl fmt::Display) -> Done<T> {
        if let At::Nowhere = self.at {
            return Err(format!("template: {}: {why}", self.tree.name));
        }
        let source = &self.tree.source;
        let (name, before) = (&source.name, &source.text[..self.at.at().min(source.text.len())]);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let executing = quoted(&self.tree.name);
        let at = self.at;
        Err(format!("template: {name}:{line}:{column}: executing {executing} at <{at}>: {why}"))
    }

    fn spend(&self, steps: u64) -> Done<()> {
        self.meter.spend(steps).or_else(|why| self.fail(why))
    }

    fn list(&mut self, dot: &Value, nodes: &'t [Node]) -> Done<Flow> {
        if self.depth == DEPTH_MAX {
            return self.fail(format!("exceeded maximum template depth ({DEPTH_MAX})"));
        }
        self.depth += 1;
        for node in nodes {
            self.spend(1)?;
            let flow = match node {
                Node::Text(text) => self.text(text),
                Node::Action(pipe) => self.action(dot, pipe),
                Node::If(branch) => self.branch(dot, branch, false),
                Node::With(branch) => self.branch(dot, branch, true),
                Node::Range(branch) => self.range(dot, branch),
                Node::Template(include) => self.include(dot, include),
                Node::Break => Ok(Flow::Break),
                Node::Continue => Ok(Flow::Continue),
            }?;
            if flow != Flow::Next {
                self.depth -= 1;
                return Ok(flow);
            }
        }
        self.depth -= 1;
        Ok(Flow::Next)
    }

    fn text(&mut self, text: &str) -> Done<Flow> {
        match &mut self.markup {
            Some(markup) => {
                let done = markup.text(text, &mut self.out);
                done.or_else(|why| self.fail(why))?;
            }
            None => self.out.push(text),
        }
        self.written()
    }

    fn written(&self) -> Done<Flow> {
        if self.out.is_full() {
            return self.fail(format!("the output is longer than {OUTPUT_BYTES_MAX} bytes"));
        }
        Ok(Flow::Next)
    }

    fn action(&mut self, dot: &Value, pipe: &'t Pipe) -> Done<Flow> {
        let value = self.pipe(dot, pipe)?;
        if !pipe.variables.is_empty() {
            return Ok(Flow::Next);
        }
        if let Some(markup) = &mut self.markup {
            let last = pipe.commands.last().map(|command| &command.words[0].kind);
            let escaped = match last {
                Some(Kind::Function(name)) => name.as_str(),
                Some(_) | None => "",
            };
            let done = markup.value(&value, escaped, &mut self.out);
            done.or_else(|why| self.fail(why))?;
        } else if matches!(value, Value::Missing | Value::Nil) {
            self.out.push("<no value>");
        } else {
            print(&mut self.out, &value);
        }
        self.written()
    }

    fn branch(&mut self, dot: &Value, branch: &'t Branch, with: bool) -> Done<Flow> {
        let variables = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let flow = match (value.truth(), with) {
            (true, true) => self.list(&value, &branch.list),
            (true, false) => self.list(dot, &branch.list),
            (false, _) => self.list(dot, &branch.other),
        }?;
        self.variables.truncate(variables);
        Ok(flow)
    }

    fn include(&mut self, dot: &Value, include: &'t Include) -> Done<Flow> {
        self.at = At::Include(include);
        let Some(tree) = self.find(&include.name) else {
            let name = quoted(&include.name);
            if self.markup.is_some() {
                let why: Done<Flow> = self.fail(format!("no such template {name}"));
                return why.map_err(|why| why.replacen("template: ", "html/template:", 1));
            }
            return self.fail(format!("template {name} not defined"));
        };
        let dot = match &include.pipe {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Value::Missing,
        };
        let variables = vec![("$".into(), dot.clone())];
        let variables = std::mem::replace(&mut self.variables, variables);
        let outer = (self.tree, self.at);
        self.tree = tree;
        self.list(&dot, &tree.root)?;
        (self.tree, self.at) = outer;
        self.variables = variables;
        Ok(Flow::Next)
    }

    fn find(&self, name: &str) -> Option<&'t Tree> {
        let known = self.set.trees.get(name).map(|tree| &**tree);
        let own = self.own.iter().find(|tree| *tree.name == *name);
        // An empty definition hides no other.
        own.filter(|own| !own.is_empty() || known.is_none()).or(known)
    }

    fn range(&mut self, dot: &Value, branch: &'t Branch) -> Done<Flow> {
        let outer = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let mut turns = 0_usize;
        let mut turn = |run: &mut Self, key: &dyn Fn() -> Value, item: Value| -> Done<bool> {
            turns += 1;
            run.spend(1)?;
            run.turn(branch, key, item)
        };
        match &value {
            Value::List(list) => {
                for (at, item) in list.items.iter().enumerate() {
                    if !turn(self, &|| Value::int(at), item.clone())? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                for (name, item) in &map.entries {
                    if !turn(self, &|| Value::text(Arc::clone(name)), item.clone())? {
                        break;
                    }
                }
            }
            Value::Int(count, of) => {
                for number in 0..*count {
                    let item = Value::Int(number, *of);
                    if !turn(self, &|| item.clone(), item.clone())? {
                        break;
                    }
                }
            }
            Value::Missing | Value::Nil => {}
            Value::Bool(_)
            | Value::Float(_)
            | Value::Text(..)
            | Value::Time(_)
            | Value::Struct(_) => {
                let mut shown = Out::new(OUTPUT_BYTES_MAX);
                print(&mut shown, &value);
                let shown = shown.finish()?;
                return self.fail(format!("range can't iterate over {shown}"));
            }
        }
        let flow = if turns == 0 { self.list(dot, &branch.other)? } else { Flow::Next };
        self.variables.truncate(outer);
        Ok(flow)
    }

    /// One turn of a loop; false when it was the last one.
    fn turn(&mut self, branch: &'t Branch, key: &dyn Fn() -> Value, item: Value) -> Done<bool> {
        let pipe = &branch.pipe;
        let last = self.variables.len();
        match (&pipe.variables[..], pipe.assigns) {
            ([], _) => {}
            ([one], true) => self.assign(one, item.clone())?,
            ([first, second, ..], true) => {
                self.assign(first, key())?;
                self.assign(second, item.clone())?;
            }
            ([_], false) => self.variables[last - 1].1 = item.clone(),
            ([_, _, ..], false) => {
                self.variables[last - 2].1 = key();
                self.variables[last - 1].1 = item.clone();
            }
        }
        let flow = self.list(&item, &branch.list)?;
        self.variables.truncate(last);
        Ok(flow != Flow::Break)
    }

    fn assign(&mut self, name: &str, value: Value) -> Done<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| **known == *name) {
            Some((_, known)) => {
                *known = value;
                Ok(())
            }
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    /// Evaluates a pipeline, with what it declares or assigns.
    fn pipe(&mut self, dot: &Value, pipe: &'t Pipe) -> Done<Value> {
        self.at = At::Pipe(pipe);
        if self.depth == DEPTH_MAX {
            return self.fail(format!("exceeded maximum template depth ({DEPTH_MAX})"));
        }
        self.depth += 1;
        let mut value = None;
        for command in &pipe.commands {
            self.spend(1)?;
            let next = self.command(dot, command, value)?;
            value = Some(if let Value::Nil = next { Value::Missing } else { next });
        }
        self.depth -= 1;
        let value = value.unwrap_or(Value::Missing);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((Arc::clone(name), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Value, command: &'t Command, last: Option<Value>) -> Done<Value> {
        let first = &command.words[0];
        let rest = &command.words[1..];
        match &first.kind {
            Kind::Field(names) => {
                self.at = At::Expr(first);
                return self.fields(dot, dot.clone(), names, Args { first, rest, last });
            }
            Kind::Chain(..) | Kind::Variable(..) => {
                return self.path(dot, Args { first, rest, last });
            }
            Kind::Function(name) => {
                self.at = At::Expr(first);
                return self.function(dot, name, command, last);
            }
            Kind::Pipe(pipe) => {
                self.alone(first, rest, last.is_some())?;
                return self.pipe(dot, pipe);
            }
            Kind::Dot | Kind::Nil | Kind::Bool(_) | Kind::Number(_) | Kind::Text { .. } => {}
        }
        self.at = At::Expr(first);
        self.alone(first, rest, last.is_some())?;
        match &first.kind {
            Kind::Dot => Ok(dot.clone()),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Number(number) => self.number(number),
            Kind::Text { value, .. } => Ok(value.clone()),
            Kind::Nil => self.fail("nil is not a command"),
            Kind::Field(_)
            | Kind::Chain(..)
            | Kind::Variable(..)
            | Kind::Function(_)
            | Kind::Pipe(_) => Ok(Value::Missing),
        }
    }

    fn alone(&self, first: &Expr, rest: &[Expr], piped: bool) -> Done<()> {
        if rest.is_empty() && !piped {
            return Ok(());
        }
        self.fail(format!("can't give argument to non-function {first}"))
    }

    fn number(&self, number: &Number) -> Done<Value> {
        match (number.is_float, number.int, number.float) {
            (true, _, Some(float)) => Ok(Value::Float(float)),
            (_, Some(int), _) => Ok(Value::Int(int, Int::Int)),
            (_, None, _) => self.fail(format!("{} overflows int", number.written)),
        }
    }

    fn function(
        &mut self,
        dot: &Value,
        name: &str,
        command: &'t Command,
        last: Option<Value>,
    ) -> Done<Value> {
        let Some(function) = self.set.function(name) else {
            return self.fail(format!("{} is not a defined function", quoted(name)));
        };
        let rest = &command.words[1..];
        self.count(function, rest.len() + usize::from(last.is_some()))?;
        if name == "and" || name == "or" {
            return self.either(dot, rest, last, name == "or");
        }
        let args = self.args(dot, function, rest, last)?;
        self.call(function, &Value::Missing, &args, At::Command(command))
    }

    /// `and` and `or` look at no more than they have to.
    fn either(
        &mut self,
        dot: &Value,
        rest: &'t [Expr],
        last: Option<Value>,
        until: bool,
    ) -> Done<Value> {
        let mut value = Value::Missing;
        for expr in rest {
            value = self.arg(dot, Type::Any, expr)?;
            if value.truth() == until {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn count(&self, function: &Function, given: usize) -> Done<()> {
        let (name, wanted) = (function.name, function.takes.len());
        if function.rest.is_some() && given < wanted {
            return self.fail(format!(
                "wrong number of args for {name}: want at least {wanted} got {given}"
            ));
        }
        if function.rest.is_none() && given != wanted {
            return self
                .fail(format!("wrong number of args for {name}: want {wanted} got {given}"));
        }
        Ok(())
    }

    fn args(
        &mut self,
        dot: &Value,
        function: &Function,
        rest: &'t [Expr],
        last: Option<Value>,
    ) -> Done<Vec<Value>> {
        let mut args = Vec::with_capacity(rest.len() + 1);
        let taken =
            |at: usize| function.takes.get(at).copied().or(function.rest).unwrap_or(Type::Any);
        for (at, expr) in rest.iter().enumerate() {
            args.push(self.arg(dot, taken(at), expr)?);
        }
        if let Some(last) = last {
            args.push(self.fits(taken(args.len()), last)?);
        }
        Ok(args)
    }

    fn call(&mut self, function: &Function, on: &Value, args: &[Value], at: At<'t>) -> Done<Value> {
        let call = Call { on, args, root: self.root, now: self.now, meter: &self.meter };
        let called = (function.call)(&call).and_then(|value| {
            let bytes = if let Value::Text(text, _) = &value { text.len() } else { 0 };
            self.meter.spend_bytes(bytes)?;
            let items = if let Value::List(list) = &value { list.items.len() } else { 0 };
            self.meter.spend(items as u64)?;
            Ok(value)
        });
        match called {
            Ok(value) => Ok(value),
            Err(why) => {
                self.at = at;
                self.fail(format!("error calling {}: {why}", function.name))
            }
        }
    }

    /// Evaluates an argument for a parameter.
    fn arg(&mut self, dot: &Value, wanted: Type, expr: &'t Expr) -> Done<Value> {
        self.spend(1)?;
        self.at = At::Expr(expr);
        let value = match &expr.kind {
            Kind::Dot => dot.clone(),
            Kind::Nil if wanted == Type::Any => return Ok(Value::Nil),
            Kind::Nil => return self.fail(format!("cannot assign nil to {}", wanted.name())),
            Kind::Field(names) => {
                let args = Args { first: expr, rest: &[], last: None };
                self.fields(dot, dot.clone(), names, args)?
            }
            Kind::Variable(..) | Kind::Chain(..) => {
                self.path(dot, Args { first: expr, rest: &[], last: None })?
            }
            Kind::Pipe(pipe) => self.pipe(dot, pipe)?,
            Kind::Function(name) => self.bare(dot, name)?,
            Kind::Bool(_) | Kind::Number(_) | Kind::Text { .. } => {
                return self.constant(wanted, expr);
            }
        };
        self.fits(wanted, value)
    }

    /// A function without arguments as an argument.
    fn bare(&mut self, dot: &Value, name: &str) -> Done<Value> {
        let Some(function) = self.set.function(name) else {
            return self.fail(format!("{} is not a defined function", quoted(name)));
        };
        self.count(function, 0)?;
        let args = self.args(dot, function, &[], None)?;
        self.call(function, &Value::Missing, &args, self.at)
    }

    fn constant(&self, wanted: Type, expr: &Expr) -> Done<Value> {
        match (wanted, &expr.kind) {
            (Type::Any | Type::Bool, Kind::Bool(value)) => Ok(Value::Bool(*value)),
            (Type::Any | Type::Text, Kind::Text { value, .. }) => Ok(value.clone()),
            (Type::Any, Kind::Number(number)) => self.number(number),
            (Type::Int | Type::Int64 | Type::Duration, Kind::Number(number)) => {
                let of = match wanted {
                    Type::Duration => Int::Duration,
                    Type::Int64 => Int::Int64,
                    Type::Any
                    | Type::Bool
                    | Type::Int
                    | Type::Text
                    | Type::Texts
                    | Type::Values
                    | Type::Time
                    | Type::Zone => Int::Int,
                };
                match number.int {
                    Some(int) => Ok(Value::Int(int, of)),
                    None => self.fail(format!("expected integer; found {expr}")),
                }
            }
            (Type::Text, _) => self.fail(format!("expected string; found {expr}")),
            (Type::Bool, _) => self.fail(format!("expected bool; found {expr}")),
            (Type::Int | Type::Int64 | Type::Duration, _) => {
                self.fail(format!("expected integer; found {expr}"))
            }
            (Type::Any | Type::Texts | Type::Values | Type::Time | Type::Zone, _) => {
                self.fail(format!("can't handle {expr} for arg of type {}", wanted.name()))
            }
        }
    }

    fn fits(&self, wanted: Type, value: Value) -> Done<Value> {
        if wanted.takes(&value) {
            return Ok(value);
        }
        let name = wanted.name();
        if !matches!(value, Value::Missing | Value::Nil) {
            let given = value.type_name();
            return self.fail(format!("wrong type for value; expected {name}; got {given}"));
        }
        // A slice without a value is an empty one.
        match wanted {
            Type::Texts => Ok(Value::texts::<&str>([])),
            Type::Values => Value::list(&super::value::VALUES, Vec::new()),
            Type::Any
            | Type::Bool
            | Type::Int
            | Type::Int64
            | Type::Text
            | Type::Time
            | Type::Duration
            | Type::Zone => self.fail(format!("invalid value; expected {name}")),
        }
    }
}

/// What stands in a command: its first word, the other ones, and what was piped into it.
struct Args<'t> {
    first: &'t Expr,
    rest: &'t [Expr],
    last: Option<Value>,
}

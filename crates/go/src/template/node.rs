//! A template as a tree, and how messages show its parts.

use std::fmt;
use std::sync::Arc;

use super::value::Value;
use crate::quote::quoted;

/// The text that a template was read from.
#[derive(Debug)]
pub(super) struct Source {
    /// The name that messages show.
    pub(super) name: String,
    pub(super) text: String,
}

/// One named template.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) name: Arc<str>,
    pub(super) source: Arc<Source>,
    pub(super) root: Vec<Node>,
}

impl Tree {
    /// Tells whether there is nothing but white space: such a definition replaces no other.
    pub(super) fn is_empty(&self) -> bool {
        self.root.iter().all(|node| match node {
            Node::Text(text) => text.trim().is_empty(),
            Node::Action(..)
            | Node::If(_)
            | Node::With(_)
            | Node::Range(_)
            | Node::Template(_)
            | Node::Break
            | Node::Continue => false,
        })
    }
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Include),
    Break,
    Continue,
}

/// A pipeline that decides, and what follows from it.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) list: Vec<Node>,
    pub(super) other: Vec<Node>,
}

/// `{{template "name" pipe}}`.
#[derive(Clone, Debug)]
pub(super) struct Include {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) pipe: Option<Pipe>,
}

/// Commands, each of which gets the value of the one before.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub(super) at: usize,
    /// Names with their `$`.
    pub(super) variables: Vec<Arc<str>>,
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

/// What is called, and with what.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) at: usize,
    /// Never empty.
    pub(super) words: Vec<Expr>,
}

/// An operand.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text {
        /// As it was written.
        written: String,
        value: Value,
    },
    /// `.A.B`
    Field(Vec<String>),
    /// `$a.B`: the name with its `$`, then fields.
    Variable(Arc<str>, Vec<String>),
    /// `(…).A.B`, or what else has fields behind it.
    Chain(Box<Expr>, Vec<String>),
    Function(String),
    Pipe(Box<Pipe>),
}

/// A number constant, which has no type before it is used.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) written: String,
    pub(super) int: Option<i64>,
    pub(super) float: Option<f64>,
    /// Whether it is a float where nothing else is asked for.
    pub(super) is_float: bool,
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(f, "{} := ", self.variables.join(", "))?;
        }
        for (at, command) in self.commands.iter().enumerate() {
            write!(f, "{}{command}", if at > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words.iter().enumerate() {
            let space = if at > 0 { " " } else { "" };
            if let Kind::Pipe(pipe) = &word.kind {
                write!(f, "{space}({pipe})")?;
            } else {
                write!(f, "{space}{word}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dotted = |f: &mut fmt::Formatter<'_>, names: &[String]| {
            names.iter().try_for_each(|name| write!(f, ".{name}"))
        };
        match &self.kind {
            Kind::Dot => f.write_str("."),
            Kind::Nil => f.write_str("nil"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Number(number) => f.write_str(&number.written),
            Kind::Text { written, .. } => f.write_str(written),
            Kind::Field(names) => dotted(f, names),
            Kind::Variable(name, names) => {
                f.write_str(name)?;
                dotted(f, names)
            }
            Kind::Chain(expr, names) => {
                if let Kind::Pipe(pipe) = &expr.kind {
                    write!(f, "({pipe})")?;
                } else {
                    write!(f, "{expr}")?;
                }
                dotted(f, names)
            }
            Kind::Function(name) => f.write_str(name),
            Kind::Pipe(pipe) => write!(f, "{pipe}"),
        }
    }
}

impl fmt::Display for Include {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quoted(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

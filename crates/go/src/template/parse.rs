//! Tokens to trees.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a token that does not belong somewhere is refused in one way, whichever it is"
)]

use std::sync::Arc;

use super::lex::{Item, Token, Word, lex};
use super::node::{Branch, Command, Expr, Include, Kind, Node, Number, Pipe, Source, Tree};
use super::value::Value;
use super::{NESTING_MAX, ParseError};
use crate::quote::{quoted, unquoted};

/// Reads `text`: the template of that name last, before it what it defines.
pub(super) fn parse(
    name: &str,
    text: &str,
    known: &dyn Fn(&str) -> bool,
) -> Result<Vec<Tree>, ParseError> {
    let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned() });
    let mut parser = Parser {
        items: lex(text),
        next: 0,
        known,
        variables: vec!["$".into()],
        ranges: 0,
        nesting: 0,
        action_line: 0,
        trees: Vec::new(),
        source,
    };
    let root = parser.top()?;
    parser.add(name, root)?;
    Ok(parser.trees)
}

/// What ended a list of statements.
enum Ended {
    End,
    Else,
}

/// A statement, or the end of a list.
enum Read {
    Node(Node),
    Ended(Ended),
}

struct Parser<'p> {
    items: Vec<Item>,
    next: usize,
    known: &'p dyn Fn(&str) -> bool,
    variables: Vec<Arc<str>>,
    ranges: usize,
    nesting: usize,
    /// Where the action that is being read began; 0 outside.
    action_line: usize,
    trees: Vec<Tree>,
    source: Arc<Source>,
}

type Parsed<T> = Result<T, ParseError>;

impl Parser<'_> {
    fn peek(&self) -> &Item {
        &self.items[self.next.min(self.items.len() - 1)]
    }

    fn take(&mut self) -> Item {
        let item = self.peek().clone();
        self.next = (self.next + 1).min(self.items.len());
        item
    }

    fn skip_space(&mut self) {
        while self.peek().token == Token::Space {
            self.next += 1;
        }
    }

    fn peek_word(&mut self) -> &Item {
        self.skip_space();
        self.peek()
    }

    fn take_word(&mut self) -> Item {
        self.skip_space();
        self.take()
    }

    fn fail<T>(&self, why: impl Into<String>) -> Parsed<T> {
        let line = self.items[self.next.saturating_sub(1)].line;
        Err(ParseError { name: self.source.name.clone(), line, why: why.into() })
    }

    fn unexpected<T>(&self, item: &Item, context: &str) -> Parsed<T> {
        if item.token == Token::Wrong {
            let mut why = item.text.clone();
            if self.action_line != 0 && self.action_line != item.line {
                let place = format!(" started at {}:{}", self.source.name, self.action_line);
                why += if why.ends_with(" action") { "" } else { " in action" };
                why += &place;
            }
            return self.fail(why);
        }
        self.fail(format!("unexpected {} in {context}", item.shown()))
    }

    fn expect(&mut self, token: Token, context: &str) -> Parsed<Item> {
        let item = self.take_word();
        if item.token == token { Ok(item) } else { self.unexpected(&item, context) }
    }

    /// Goes one level deeper for `read`, which bounds the stack of whoever walks the tree.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting == NESTING_MAX {
            return self.fail(format!("actions are nested more than {NESTING_MAX} deep"));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    fn add(&mut self, name: &str, root: Vec<Node>) -> Parsed<()> {
        let tree = Tree { name: name.into(), source: Arc::clone(&self.source), root };
        match self.trees.iter_mut().find(|known| *known.name == *name) {
            None => self.trees.push(tree),
            Some(_) if tree.is_empty() => {}
            Some(known) if known.is_empty() => *known = tree,
            Some(_) => {
                return self
                    .fail(format!("template: multiple definition of template {}", quoted(name)));
            }
        }
        Ok(())
    }

    fn top(&mut self) -> Parsed<Vec<Node>> {
        let mut root = Vec::new();
        while self.peek().token != Token::End {
            if self.peek().token == Token::Open {
                let before = self.next;
                self.take();
                if self.take_word().token == Token::Word(Word::Define) {
                    self.definition()?;
                    continue;
                }
                self.next = before;
            }
            match self.statement()? {
                Read::Node(node) => root.push(node),
                Read::Ended(Ended::End) => return self.fail("unexpected {{end}}"),
                Read::Ended(Ended::Else) => return self.fail("unexpected {{else}}"),
            }
        }
        Ok(root)
    }

    fn definition(&mut self) -> Parsed<()> {
        let context = "define clause";
        let item = self.take_word();
        let name = self.template_name(&item, context)?;
        self.expect(Token::Close, context)?;
        let outer = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let root = self.body(context)?;
        self.variables = outer;
        self.add(&name, root)
    }

    /// Statements up to an `{{end}}`.
    fn body(&mut self, context: &str) -> Parsed<Vec<Node>> {
        match self.list()? {
            (root, Ended::End) => Ok(root),
            (_, Ended::Else) => self.fail(format!("unexpected {{{{else}}}} in {context}")),
        }
    }

    fn template_name(&self, item: &Item, context: &str) -> Parsed<String> {
        match item.token {
            Token::Quoted | Token::Raw => self.text_of(item),
            _ => self.unexpected(item, context),
        }
    }

    fn text_of(&self, item: &Item) -> Parsed<String> {
        match unquoted(&item.text) {
            Some(text) => Ok(text),
            None => self.fail("invalid syntax"),
        }
    }

    fn list(&mut self) -> Parsed<(Vec<Node>, Ended)> {
        let mut list = Vec::new();
        while self.peek_word().token != Token::End {
            match self.statement()? {
                Read::Node(node) => list.push(node),
                Read::Ended(ended) => return Ok((list, ended)),
            }
        }
        self.next = self.items.len();
        self.fail("unexpected EOF")
    }

    fn statement(&mut self) -> Parsed<Read> {
        let item = self.take_word();
        match item.token {
            Token::Text => Ok(Read::Node(Node::Text(item.text))),
            Token::Open => {
                self.action_line = item.line;
                let read = self.deeper(Self::action);
                self.action_line = 0;
                read
            }
            _ => self.unexpected(&item, "input"),
        }
    }

    fn action(&mut self) -> Parsed<Read> {
        let before = self.next;
        let item = self.take_word();
        let Token::Word(word) = item.token else {
            self.next = before;
            let pipe = self.pipe("command", Token::Close)?;
            return Ok(Read::Node(Node::Action(pipe)));
        };
        let node = match word {
            Word::Block => self.block()?,
            Word::Break => {
                self.inside_range("break")?;
                Node::Break
            }
            Word::Continue => {
                self.inside_range("continue")?;
                Node::Continue
            }
            Word::Else => {
                let next = self.peek_word().token;
                if !matches!(next, Token::Word(Word::If | Word::With)) {
                    self.expect(Token::Close, "else")?;
                }
                return Ok(Read::Ended(Ended::Else));
            }
            Word::End => {
                self.expect(Token::Close, "end")?;
                return Ok(Read::Ended(Ended::End));
            }
            Word::If => Node::If(self.branch("if", Some(Word::If))?),
            Word::With => Node::With(self.branch("with", Some(Word::With))?),
            Word::Range => Node::Range(self.branch("range", None)?),
            Word::Template => self.include()?,
            Word::Define => return self.unexpected(&item, "command"),
        };
        Ok(Read::Node(node))
    }

    fn inside_range(&mut self, word: &str) -> Parsed<()> {
        let item = self.take_word();
        if item.token != Token::Close {
            return self.unexpected(&item, &format!("{{{{{word}}}}}"));
        }
        if self.ranges == 0 {
            return self.fail(format!("{{{{{word}}}}} outside {{{{range}}}}"));
        }
        Ok(())
    }

    /// `if`, `with` and `range`; an `else` that begins with `again` needs no end of its own.
    fn branch(&mut self, context: &str, again: Option<Word>) -> Parsed<Branch> {
        let variables = self.variables.len();
        let pipe = self.pipe(context, Token::Close)?;
        let is_range = usize::from(context == "range");
        self.ranges += is_range;
        let (list, ended) = self.list()?;
        self.ranges -= is_range;
        let other = match ended {
            Ended::End => Vec::new(),
            Ended::Else => self.otherwise(context, again)?,
        };
        self.variables.truncate(variables);
        Ok(Branch { pipe, list, other })
    }

    fn otherwise(&mut self, context: &str, again: Option<Word>) -> Parsed<Vec<Node>> {
        if let Some(word) = again
            && self.peek().token == Token::Word(word)
        {
            self.take();
            let branch = self.deeper(|parser| parser.branch(context, again))?;
            return Ok(vec![if word == Word::If { Node::If(branch) } else { Node::With(branch) }]);
        }
        match self.list()? {
            (list, Ended::End) => Ok(list),
            (_, Ended::Else) => self.fail("expected end; found {{else}}"),
        }
    }

    fn include(&mut self) -> Parsed<Node> {
        let context = "template clause";
        let item = self.take_word();
        let name = self.template_name(&item, context)?;
        if self.peek_word().token == Token::Close {
            self.take();
            return Ok(Node::Template(Include { at: item.at, name, pipe: None }));
        }
        let pipe = Some(self.pipe(context, Token::Close)?);
        Ok(Node::Template(Include { at: item.at, name, pipe }))
    }

    fn block(&mut self) -> Parsed<Node> {
        let context = "block clause";
        let item = self.take_word();
        let name = self.template_name(&item, context)?;
        let pipe = Some(self.pipe(context, Token::Close)?);
        let outer = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let ranges = std::mem::take(&mut self.ranges);
        let root = self.body(context)?;
        self.variables = outer;
        self.ranges = ranges;
        self.add(&name, root)?;
        Ok(Node::Template(Include { at: item.at, name, pipe }))
    }

    fn pipe(&mut self, context: &str, end: Token) -> Parsed<Pipe> {
        let at = self.peek_word().at;
        let mut pipe = Pipe { at, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let before = self.next;
            let item = self.take_word();
            match item.token {
                token if token == end => break,
                Token::Bool
                | Token::Letter
                | Token::Dot
                | Token::Field
                | Token::Name
                | Token::Number
                | Token::Nil
                | Token::Raw
                | Token::Quoted
                | Token::Variable
                | Token::Paren => {
                    self.next = before;
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&item, context),
            }
        }
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        for (at, command) in pipe.commands.iter().enumerate().skip(1) {
            if matches!(
                command.words[0].kind,
                Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Number(_) | Kind::Text { .. }
            ) {
                let stage = at + 1;
                return self.fail(format!("non executable command in pipeline stage {stage}"));
            }
        }
        Ok(pipe)
    }

    /// `$a :=`, `$a =` and, in a range, `$a, $b :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<()> {
        while self.peek_word().token == Token::Variable {
            let before = self.next;
            let name: Arc<str> = self.take().text.into();
            let next = self.peek_word().clone();
            match next.token {
                Token::Assign | Token::Declare => {
                    self.take();
                    pipe.assigns = next.token == Token::Assign;
                    pipe.variables.push(Arc::clone(&name));
                    self.variables.push(name);
                    return Ok(());
                }
                Token::Sign if next.text == "," => {
                    self.take();
                    pipe.variables.push(Arc::clone(&name));
                    self.variables.push(name);
                    if context != "range" || pipe.variables.len() > 1 {
                        return self.fail(format!("too many declarations in {context}"));
                    }
                    let second = self.peek_word().token;
                    if !matches!(second, Token::Variable | Token::Close | Token::ParenEnd) {
                        return self.fail("range can only initialize variables");
                    }
                }
                _ => {
                    self.next = before;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let mut words = Vec::new();
        let at = self.peek_word().at;
        loop {
            self.skip_space();
            words.extend(self.operand()?);
            let item = self.take();
            match item.token {
                Token::Space => {}
                Token::Close | Token::ParenEnd => {
                    self.next -= 1;
                    break;
                }
                Token::Pipe => break,
                _ => return self.unexpected(&item, "operand"),
            }
        }
        if words.is_empty() {
            return self.fail("empty command");
        }
        Ok(Command { at, words })
    }

    fn operand(&mut self) -> Parsed<Option<Expr>> {
        let Some(expr) = self.term()? else { return Ok(None) };
        if self.peek().token != Token::Field {
            return Ok(Some(expr));
        }
        let at = self.peek().at;
        let mut names = Vec::new();
        while self.peek().token == Token::Field {
            names.push(self.take().text[1..].to_owned());
        }
        let kind = match expr.kind {
            Kind::Field(mut before) => {
                before.append(&mut names);
                Kind::Field(before)
            }
            Kind::Variable(name, mut before) => {
                before.append(&mut names);
                Kind::Variable(name, before)
            }
            Kind::Bool(_) | Kind::Text { .. } | Kind::Number(_) | Kind::Nil | Kind::Dot => {
                let shown = quoted(&expr.to_string());
                return self.fail(format!("unexpected . after term {shown}"));
            }
            Kind::Chain(..) | Kind::Function(_) | Kind::Pipe(_) => {
                Kind::Chain(Box::new(expr), names)
            }
        };
        Ok(Some(Expr { at, kind }))
    }

    fn term(&mut self) -> Parsed<Option<Expr>> {
        let before = self.next;
        let item = self.take_word();
        let kind = match item.token {
            Token::Name if !(self.known)(&item.text) => {
                return self.fail(format!("function {} not defined", quoted(&item.text)));
            }
            Token::Name => Kind::Function(item.text),
            Token::Dot => Kind::Dot,
            Token::Nil => Kind::Nil,
            Token::Variable if !self.variables.iter().any(|name| **name == *item.text) => {
                return self.fail(format!("undefined variable {}", quoted(&item.text)));
            }
            Token::Variable => Kind::Variable(item.text.into(), Vec::new()),
            Token::Field => Kind::Field(vec![item.text[1..].to_owned()]),
            Token::Bool => Kind::Bool(item.text == "true"),
            Token::Letter => Kind::Number(self.letter(item.text)?),
            Token::Number => match number(item.text) {
                Ok(number) => Kind::Number(number),
                Err(why) => return self.fail(why),
            },
            Token::Quoted | Token::Raw => {
                let text = self.text_of(&item)?;
                Kind::Text { written: item.text, value: Value::text(text) }
            }
            Token::Paren => {
                let pipe =
                    self.deeper(|parser| parser.pipe("parenthesized pipeline", Token::ParenEnd))?;
                Kind::Pipe(Box::new(pipe))
            }
            _ => {
                self.next = before;
                return Ok(None);
            }
        };
        Ok(Some(Expr { at: item.at, kind }))
    }

    fn letter(&self, written: String) -> Parsed<Number> {
        let text = unquoted(&written).unwrap_or_default();
        let mut letters = text.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else {
            return self.fail(format!("malformed character constant: {written}"));
        };
        let code = letter as u32;
        let int = Some(i64::from(code));
        Ok(Number { written, int, float: Some(f64::from(code)), is_float: false })
    }
}

/// Reads a number as Go's constants are written.
fn number(written: String) -> Result<Number, String> {
    let (sign, digits) = match written.as_bytes()[0] {
        b'-' => (-1, &written[1..]),
        b'+' => (1, &written[1..]),
        _ => (1, &written[..]),
    };
    let plain = digits.replace('_', "");
    let lower = plain.to_ascii_lowercase();
    let (radix, body) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some(_) if lower.starts_with('0') && !lower.contains(['.', 'e']) => (8, &lower[1..]),
        Some(_) | None => (10, &lower[..]),
    };
    let int = i128::from_str_radix(body, radix).ok().filter(|_| !body.starts_with(['+', '-']));
    let int = int.and_then(|int| i64::try_from(int * sign).ok());
    let is_float = radix == 10 && lower.contains(['.', 'e']);
    let mut float = if radix == 10 { lower.parse::<f64>().ok() } else { None };
    float = float.filter(|float| float.is_finite()).map(|float| float * sign as f64);
    if let Some(int) = int {
        float = float.or(Some(int as f64));
    }
    // Like Go, `1e3` may stand where an integer is asked for.
    let whole = float.filter(|float| float.fract() == 0.0 && float.abs() < 9e18);
    let int = int.or_else(|| whole.filter(|_| is_float).map(|float| float as i64));
    if int.is_none() && float.is_none() {
        return Err(format!("illegal number syntax: {}", quoted(&written)));
    }
    if int.is_none() && !is_float {
        return Err(format!("integer overflow: {}", quoted(&written)));
    }
    Ok(Number { written, int, float, is_float })
}

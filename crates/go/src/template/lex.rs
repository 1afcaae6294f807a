//! Template text to tokens.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Text,
    Open,
    Close,
    Space,
    Assign,
    Declare,
    Pipe,
    Paren,
    ParenEnd,
    /// Any other printable sign; only the comma means something.
    Sign,
    Number,
    Letter,
    Quoted,
    Raw,
    /// `.Name`
    Field,
    /// `$name`
    Variable,
    Name,
    Bool,
    Dot,
    Nil,
    Word(Word),
    End,
    /// The text is the reason.
    Wrong,
}

/// The words that are no names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) token: Token,
    /// Where it begins, in bytes.
    pub(super) at: usize,
    /// The line that it begins in, from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

impl Item {
    /// Returns the token as messages name it.
    pub(super) fn shown(&self) -> String {
        if self.token == Token::End {
            return "EOF".into();
        }
        if self.token == Token::Wrong {
            return self.text.clone();
        }
        if matches!(self.token, Token::Dot | Token::Nil | Token::Word(_)) {
            return format!("<{}>", self.text);
        }
        if self.text.len() > 10 {
            let short: String = self.text.chars().take(10).collect();
            return format!("{}...", crate::quote::quoted(&short));
        }
        crate::quote::quoted(&self.text)
    }
}

/// Reads all of `text`; the last token is [`Token::End`] or [`Token::Wrong`].
pub(super) fn lex(text: &str) -> Vec<Item> {
    let mut lexer = Lexer { text, at: 0, line: 1, parens: 0, items: Vec::new() };
    match lexer.all() {
        Ok(()) => lexer.push(Token::End, text.len()),
        Err(why) => {
            let item = Item { token: Token::Wrong, at: lexer.at, line: lexer.line, text: why };
            lexer.items.push(item);
        }
    }
    lexer.items
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    parens: usize,
    items: Vec<Item>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Ends a token at `end` and goes on behind it.
    fn push(&mut self, token: Token, end: usize) {
        let text = self.text[self.at..end].to_owned();
        let item = Item { token, at: self.at, line: self.line, text };
        self.line += item.text.matches('\n').count();
        self.items.push(item);
        self.at = end;
    }

    fn skip(&mut self, end: usize) {
        self.line += self.text[self.at..end].matches('\n').count();
        self.at = end;
    }

    fn all(&mut self) -> Result<(), String> {
        while let Some(open) = self.rest().find("{{") {
            let open = self.at + open;
            let trims = trims_left(&self.text[open + 2..]);
            let before = &self.text[self.at..open];
            let kept = if trims { before.trim_end_matches(SPACES) } else { before };
            if !kept.is_empty() {
                self.push(Token::Text, self.at + kept.len());
            }
            self.skip(open);
            let marker = if trims { 2 } else { 0 };
            if self.text[open + 2 + marker..].starts_with("/*") {
                self.skip(open + 2 + marker);
                self.comment()?;
            } else {
                self.push(Token::Open, open + 2);
                self.skip(open + 2 + marker);
                self.parens = 0;
                while self.inside()? {}
            }
        }
        if !self.rest().is_empty() {
            self.push(Token::Text, self.text.len());
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        let end = self.rest()[2..].find("*/").ok_or("unclosed comment")?;
        self.skip(self.at + 2 + end + 2);
        let (marker, trims) = self.closes().ok_or("comment ends before closing delimiter")?;
        self.skip(self.at + marker + 2);
        if trims {
            self.trim_start();
        }
        Ok(())
    }

    fn trim_start(&mut self) {
        let kept = self.rest().trim_start_matches(SPACES);
        self.skip(self.text.len() - kept.len());
    }

    /// When the action ends here: the length of the trim marker, and whether there is one.
    fn closes(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        if rest.starts_with(SPACES) && rest[1..].starts_with("-}}") {
            return Some((2, true));
        }
        rest.starts_with("}}").then_some((0, false))
    }

    /// One token inside of an action; false at its end.
    fn inside(&mut self) -> Result<bool, String> {
        if let Some((marker, trims)) = self.closes() {
            if self.parens > 0 {
                return Err("unclosed left paren".into());
            }
            self.skip(self.at + marker);
            self.push(Token::Close, self.at + 2);
            if trims {
                self.trim_start();
            }
            return Ok(false);
        }
        let Some(letter) = self.peek() else { return Err("unclosed action".into()) };
        let one = self.at + letter.len_utf8();
        match letter {
            ' ' | '\t' | '\r' | '\n' => self.spaces(),
            '=' => self.push(Token::Assign, one),
            ':' if self.rest().starts_with(":=") => self.push(Token::Declare, self.at + 2),
            ':' => return Err("expected :=".into()),
            '|' => self.push(Token::Pipe, one),
            '"' => self.quoted('"', Token::Quoted, "unterminated quoted string")?,
            '\'' => self.quoted('\'', Token::Letter, "unterminated character constant")?,
            '`' => self.raw()?,
            '$' => self.named(Token::Variable)?,
            '.' if !self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                self.named(Token::Field)?;
            }
            '.' | '+' | '-' | '0'..='9' => self.number()?,
            '(' => {
                self.parens += 1;
                self.push(Token::Paren, one);
            }
            ')' => {
                self.parens = self.parens.saturating_sub(1);
                self.push(Token::ParenEnd, one);
            }
            other if is_word(other) => self.word()?,
            other if other.is_ascii_graphic() => self.push(Token::Sign, one),
            other => return Err(format!("unrecognized character in action: {}", shown(other))),
        }
        Ok(true)
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        let mut length = rest.len() - rest.trim_start_matches(SPACES).len();
        // The last space may be part of ` -}}`; one that is alone has been seen by `closes`.
        if rest[length..].starts_with("-}}") {
            length -= 1;
        }
        self.push(Token::Space, self.at + length);
    }

    fn quoted(&mut self, quote: char, token: Token, why: &str) -> Result<(), String> {
        let mut escaped = false;
        for (at, letter) in self.rest().char_indices().skip(1) {
            match letter {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if letter == quote => {
                    self.push(token, self.at + at + 1);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(why.into())
    }

    fn raw(&mut self) -> Result<(), String> {
        let end = self.rest()[1..].find('`').ok_or("unterminated raw quoted string")?;
        self.push(Token::Raw, self.at + 1 + end + 1);
        Ok(())
    }

    /// `.Name` or `$name`; the sign alone when nothing follows it.
    fn named(&mut self, token: Token) -> Result<(), String> {
        let rest = &self.rest()[1..];
        let name = rest.len() - rest.trim_start_matches(is_word).len();
        let end = self.at + 1 + name;
        self.terminated(end)?;
        self.push(if name == 0 && token == Token::Field { Token::Dot } else { token }, end);
        Ok(())
    }

    /// What may stand behind a name.
    fn terminated(&mut self, end: usize) -> Result<(), String> {
        let rest = &self.text[end..];
        let fine = rest.is_empty()
            || rest.starts_with("}}")
            || rest.starts_with([' ', '\t', '\r', '\n', '.', ',', '|', ':', ')', '(']);
        match rest.chars().next() {
            Some(letter) if !fine => {
                self.skip(end);
                Err(format!("bad character {}", shown(letter)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn word(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(is_word).len();
        let end = self.at + length;
        self.terminated(end)?;
        let token = match &rest[..length] {
            "true" | "false" => Token::Bool,
            "nil" => Token::Nil,
            "block" => Token::Word(Word::Block),
            "break" => Token::Word(Word::Break),
            "continue" => Token::Word(Word::Continue),
            "define" => Token::Word(Word::Define),
            "else" => Token::Word(Word::Else),
            "end" => Token::Word(Word::End),
            "if" => Token::Word(Word::If),
            "range" => Token::Word(Word::Range),
            "template" => Token::Word(Word::Template),
            "with" => Token::Word(Word::With),
            _ => Token::Name,
        };
        self.push(token, end);
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let length = number_length(rest);
        if let Some(next) = rest[length..].chars().next().filter(|next| is_word(*next)) {
            let shown = crate::quote::quoted(&rest[..length + next.len_utf8()]);
            return Err(format!("bad number syntax: {shown}"));
        }
        self.push(Token::Number, self.at + length);
        Ok(())
    }
}

/// How many bytes at the start of `text` may be a number.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits: &[u8] = match bytes.get(at..at + 2) {
        Some(b"0x" | b"0X") => b"0123456789abcdefABCDEF_",
        Some(b"0o" | b"0O") => b"01234567_",
        Some(b"0b" | b"0B") => b"01_",
        Some(_) | None => b"0123456789_",
    };
    if digits.len() != 11 {
        at += 2;
    }
    let run = |from: usize, digits: &[u8]| {
        bytes[from..].iter().take_while(|byte| digits.contains(byte)).count()
    };
    at += run(at, digits);
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        at += run(at, digits);
    }
    let exponent: &[u8] = if digits.len() == 11 { b"eE" } else { b"pP" };
    if digits.len() >= 11 && bytes.get(at).is_some_and(|byte| exponent.contains(byte)) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at += run(at, b"0123456789_");
    }
    at
}

fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

/// A letter as Go's `%#U` shows it.
fn shown(letter: char) -> String {
    if letter.is_control() {
        format!("U+{:04X}", letter as u32)
    } else {
        format!("U+{:04X} '{letter}'", letter as u32)
    }
}

fn trims_left(rest: &str) -> bool {
    rest.starts_with('-') && rest[1..].starts_with(SPACES)
}

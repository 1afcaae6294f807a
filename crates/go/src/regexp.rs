//! Go's dialect of regular expressions (RE2), written so that a linear-time engine of another dialect means the same.
//!
//! What differs: `\d`, `\w`, `\s` and `\b` know ASCII only; `\<` and `\>` are plain signs; `\Q…\E` quotes; a brace that
//! counts nothing is a plain sign; a class knows no nesting and no set operators; a repetition cannot be repeated.

/// Returns `pattern` in the engine's dialect, without groups that capture: all that matching needs.
///
/// Fails with the reason where Go refuses a pattern that the engine takes.
pub fn translate(pattern: &str) -> Result<String, String> {
    write(pattern, "(?:")
}

/// Like [`translate`], but groups capture, so that a replacement can name them.
pub fn translate_capturing(pattern: &str) -> Result<String, String> {
    write(pattern, "(")
}

fn write(pattern: &str, open: &'static str) -> Result<String, String> {
    let mut rest = Rest { text: pattern, open };
    let mut out = String::with_capacity(pattern.len() + 16);
    // Whether the last piece was a repetition: Go refuses `a**`, the engine would take it.
    let mut repeated = false;
    let mut weights = Weights::default();
    while let Some(letter) = rest.next() {
        let again = match letter {
            '*' | '+' | '?' => {
                out.push(letter);
                true
            }
            '{' => match rest.count() {
                Some(count) => {
                    let large = |number: &str| number.parse().is_ok_and(|n: u32| n > REPEATS_MAX);
                    if count.len() > 9 || count.split(',').any(large) {
                        return Err(format!("`{{{count}}}` repeats more than {REPEATS_MAX} times"));
                    }
                    weights.repeat(count)?;
                    out.push_str(&format!("{{{count}}}"));
                    true
                }
                None => {
                    out.push_str("\\{");
                    false
                }
            },
            '[' => {
                class(&mut rest, &mut out)?;
                false
            }
            '(' => {
                group(&mut rest, &mut out)?;
                // `(?i)` opens nothing.
                if !out.ends_with(')') {
                    weights.open();
                }
                false
            }
            '\\' => {
                escape(&mut rest, &mut out)?;
                false
            }
            ']' | '}' => {
                out.extend(['\\', letter]);
                false
            }
            other => {
                out.push(other);
                false
            }
        };
        if letter == ')' {
            weights.close();
        } else if !again && letter != '(' {
            weights.piece();
        }
        if again && repeated {
            return Err(format!("`{letter}` repeats what is repeated already"));
        }
        if again && rest.take("?") {
            out.push('?');
        }
        repeated = again;
    }
    Ok(out)
}

/// Go repeats nothing more often, also where repetitions stand in repetitions.
const REPEATS_MAX: u32 = 1000;

/// How often the pieces of a pattern are repeated by counts alone.
#[derive(Default)]
struct Weights {
    /// Of each group that is open, its heaviest piece so far.
    open: Vec<u32>,
    /// The heaviest piece outside of all groups, then of the group that is read.
    heaviest: u32,
    /// The last piece.
    last: u32,
}

impl Weights {
    fn piece(&mut self) {
        self.last = 1;
        self.heaviest = self.heaviest.max(1);
    }

    fn open(&mut self) {
        self.open.push(std::mem::take(&mut self.heaviest));
    }

    fn close(&mut self) {
        self.last = self.heaviest;
        self.heaviest = self.open.pop().unwrap_or(0).max(self.last);
    }

    /// Counts the last piece as often as `2`, `2,` or `2,3` says.
    fn repeat(&mut self, count: &str) -> Result<(), String> {
        let (least, most) = count.split_once(',').unwrap_or((count, count));
        let times: u32 = if most.is_empty() { least } else { most }.parse().unwrap_or(0);
        if times == 0 {
            return Ok(());
        }
        self.last = self.last.max(1).saturating_mul(times);
        if self.last > REPEATS_MAX && times > 1 {
            return Err(format!("`{{{count}}}` repeats more than {REPEATS_MAX} times in total"));
        }
        self.heaviest = self.heaviest.max(self.last);
        Ok(())
    }
}

/// What is still to be read.
struct Rest<'p> {
    text: &'p str,
    /// How a group without flags begins.
    open: &'static str,
}

impl<'p> Rest<'p> {
    fn next(&mut self) -> Option<char> {
        let letter = self.text.chars().next()?;
        self.text = &self.text[letter.len_utf8()..];
        Some(letter)
    }

    fn take(&mut self, start: &str) -> bool {
        let found = self.text.strip_prefix(start);
        self.text = found.unwrap_or(self.text);
        found.is_some()
    }

    /// Takes everything up to `end` and `end` itself; `None` leaves it all.
    fn until(&mut self, end: &str) -> Option<&'p str> {
        let (before, after) = self.text.split_once(end)?;
        self.text = after;
        Some(before)
    }

    /// Takes `2}`, `2,}` or `2,3}` after an opening brace; anything else is left, for it counts nothing.
    fn count(&mut self) -> Option<&'p str> {
        let (inside, after) = self.text.split_once('}')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let counts = match inside.split_once(',') {
            None => digits(inside),
            Some((least, most)) => digits(least) && (most.is_empty() || digits(most)),
        };
        if !counts {
            return None;
        }
        self.text = after;
        Some(inside)
    }
}

/// After `(`: a group that captures nothing, or flags that Go knows.
fn group(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    if !rest.take("?") {
        out.push_str(rest.open);
        return Ok(());
    }
    if rest.take("P<") || rest.take("<") {
        let name = rest.until(">").unwrap_or_default();
        let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || !name.chars().all(word) {
            return Err("a named group needs a name of letters, digits and `_`".into());
        }
        if rest.open == "(" {
            out.push_str(&format!("(?P<{name}>"));
        } else {
            out.push_str(rest.open);
        }
        return Ok(());
    }
    out.push_str("(?");
    while let Some(flag) = rest.next() {
        match flag {
            'i' | 'm' | 's' | 'U' | '-' => out.push(flag),
            ':' | ')' => {
                out.push(flag);
                return Ok(());
            }
            other => return Err(format!("`(?{other}` is no group that this dialect knows")),
        }
    }
    Err("a group is not closed".into())
}

/// After `\`, outside of a class.
fn escape(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    if rest.take("Q") {
        let (quoted, after) = rest.text.split_once("\\E").unwrap_or((rest.text, ""));
        rest.text = after;
        out.push_str(&regex::escape(quoted));
        return Ok(());
    }
    let kept = ["A", "z", "b", "B"].into_iter().find(|kept| rest.take(kept));
    match kept {
        Some(edge @ ("b" | "B")) => out.push_str(&format!("(?-u:\\{edge})")),
        Some(edge) => out.push_str(&format!("\\{edge}")),
        None => match one(rest)? {
            Piece::Letter(letter) => letter_of(letter, out),
            Piece::Class(class) => out.push_str(&class),
        },
    }
    Ok(())
}

/// What an escape stands for: one letter, or a set of them in the engine's dialect.
enum Piece {
    Letter(char),
    Class(String),
}

/// After `\`, where only a letter or a class of letters may stand.
fn one(rest: &mut Rest<'_>) -> Result<Piece, String> {
    let Some(letter) = rest.next() else { return Err("a `\\` ends the pattern".into()) };
    let class = |text: &str| Ok(Piece::Class(text.to_owned()));
    match letter {
        'd' => class("[0-9]"),
        'D' => class("[^0-9]"),
        's' => class("[\\t\\n\\x0C\\r ]"),
        'S' => class("[^\\t\\n\\x0C\\r ]"),
        'w' => class("[0-9A-Za-z_]"),
        'W' => class("[^0-9A-Za-z_]"),
        'p' | 'P' => property(letter, rest),
        'a' => Ok(Piece::Letter('\u{7}')),
        'f' => Ok(Piece::Letter('\u{c}')),
        't' => Ok(Piece::Letter('\t')),
        'n' => Ok(Piece::Letter('\n')),
        'r' => Ok(Piece::Letter('\r')),
        'v' => Ok(Piece::Letter('\u{b}')),
        'x' => hexadecimal(rest),
        '0'..='7' => octal(letter, rest),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => Ok(Piece::Letter(other)),
        other => Err(format!("`\\{other}` is no escape that this dialect knows")),
    }
}

/// `\p{Greek}`, `\pL`, `\P{^Lu}`.
fn property(letter: char, rest: &mut Rest<'_>) -> Result<Piece, String> {
    let name = if rest.take("{") { rest.until("}") } else { single(rest) };
    let Some(name) = name else { return Err(format!("`\\{letter}` names no set of letters")) };
    let (name, turned) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
    let negated = (letter == 'P') != turned;
    let known = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !known {
        return Err(format!("`\\{letter}{{{name}}}` names no set of letters"));
    }
    Ok(Piece::Class(format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' })))
}

fn single<'p>(rest: &mut Rest<'p>) -> Option<&'p str> {
    let before = rest.text;
    let letter = rest.next()?;
    Some(&before[..letter.len_utf8()])
}

/// `\x7F` or `\x{10FFFF}`.
fn hexadecimal(rest: &mut Rest<'_>) -> Result<Piece, String> {
    let digits = if rest.take("{") {
        rest.until("}").unwrap_or_default()
    } else {
        let (digits, after) = rest.text.split_at_checked(2).unwrap_or(("", rest.text));
        rest.text = after;
        digits
    };
    let valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let letter = u32::from_str_radix(digits, 16).ok().filter(|_| valid).and_then(char::from_u32);
    letter.map(Piece::Letter).ok_or_else(|| "`\\x` needs hexadecimal digits of a letter".into())
}

/// `\012`: a zero, or a digit with another after it; `\1` alone would refer back, which nothing linear can do.
fn octal(first: char, rest: &mut Rest<'_>) -> Result<Piece, String> {
    let digit = |letter: char| letter.to_digit(8);
    if first != '0' && !rest.text.starts_with(|next| digit(next).is_some()) {
        return Err(format!("`\\{first}` refers back, which is not possible here"));
    }
    let mut code = digit(first).unwrap_or(0);
    for _ in 0..2 {
        let Some(next) = rest.text.chars().next().and_then(digit) else { break };
        rest.next();
        code = code * 8 + next;
    }
    char::from_u32(code).map(Piece::Letter).ok_or_else(|| "an octal escape is no letter".into())
}

/// After `[`.
fn class(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if rest.take("^") {
        out.push('^');
    }
    let mut first = true;
    while first || !rest.text.starts_with(']') {
        if rest.text.starts_with("[:")
            && let Some(name) = posix(rest)?
        {
            out.push_str(&format!("[:{name}:]"));
        } else {
            item(rest, out)?;
        }
        first = false;
    }
    rest.take("]");
    out.push(']');
    Ok(())
}

/// `[:alpha:]` inside of a class; `None` when no `:]` follows.
fn posix<'p>(rest: &mut Rest<'p>) -> Result<Option<&'p str>, String> {
    let Some((name, after)) = rest.text[2..].split_once(":]") else { return Ok(None) };
    let plain = name.strip_prefix('^').unwrap_or(name);
    let known = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    if !known.contains(&plain) {
        return Err(format!("`[:{plain}:]` is no class"));
    }
    rest.text = after;
    Ok(Some(name))
}

/// One letter, one range or one named set inside of a class.
fn item(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    let from = match class_letter(rest)? {
        Piece::Class(class) => {
            out.push_str(&class);
            return Ok(());
        }
        Piece::Letter(letter) => letter,
    };
    letter_of(from, out);
    if rest.text.starts_with('-') && !rest.text.starts_with("-]") && rest.text.len() > 1 {
        rest.take("-");
        match class_letter(rest)? {
            Piece::Letter(to) if from <= to => {
                out.push('-');
                letter_of(to, out);
            }
            Piece::Letter(to) => return Err(format!("the range {from}-{to} runs backwards")),
            Piece::Class(_) => return Err(format!("the range that starts at {from} has no end")),
        }
    }
    Ok(())
}

fn class_letter(rest: &mut Rest<'_>) -> Result<Piece, String> {
    match rest.next() {
        None => Err("a class is not closed with `]`".into()),
        Some('\\') => one(rest),
        Some(letter) => Ok(Piece::Letter(letter)),
    }
}

/// Writes a letter so that it means only itself, in a class and outside.
fn letter_of(letter: char, out: &mut String) {
    if letter.is_ascii_alphanumeric() || !letter.is_ascii() {
        out.push(letter);
    } else {
        out.push_str(&format!("\\x{:02X}", letter as u32));
    }
}

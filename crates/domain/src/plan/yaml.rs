//! YAML as a tree in which everything knows its place, so that every problem can be shown where it is.
//!
//! Deserializing straight into types would stop at the first problem and lose the spelling of plain words; the plan's
//! reader wants all problems in one go. Aliases and merge keys are resolved here, under a budget.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span, options};

use super::alertmanager;
use super::findings::{Findings, Place};

/// One value of the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A word, a number, a truth value: as it is spelled.
    Word(String, Style),
    /// `- a` lines or `[a, b]`.
    List(Vec<Node>),
    /// `key: value` lines or `{key: value}`, in the order of the file, each key once.
    Map(Vec<Entry>),
}

/// How a word is written, which decides what its escapes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes, or as a block of lines.
    Other,
}

/// One key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Place,
    pub(super) value: Node,
}

/// How large a file may be.
const FILE_BYTES_MAX: usize = 4 << 20;
/// How many values a file may have once its aliases are written out.
const NODES_MAX: usize = 200_000;
/// How deep values may be nested once aliases are written out.
const DEPTH_MAX: usize = 64;

/// Reads a file's one document; `None` when it cannot be read, which is then among the findings.
pub(super) fn read(file: &'static str, text: &str, out: &mut Findings<'_>) -> Option<Node> {
    let whole = Place { file, line: 0, column: 0 };
    if text.len() > FILE_BYTES_MAX {
        out.error(whole, "the file is larger than 4 MiB", "split it, or remove what is not a plan");
        return None;
    }
    let limits = options! { flow_nesting_limit: DEPTH_MAX, block_nesting_limit: DEPTH_MAX };
    let mut tree = Tree { file, open: Vec::new(), anchors: HashMap::new(), root: None, nodes: 0 };
    let mut parser = Parser::new_from_str_with_options(text, limits);
    while let Some(next) = parser.next() {
        let (event, span) = match next {
            // The original reads one document only, and does not even look at what follows.
            Ok((Event::DocumentStart(..), span))
                if tree.root.is_some() && file == alertmanager::FILE =>
            {
                if parser.next().is_none_or(|next| next.map_or(true, |(event, _)| says(&event))) {
                    let what = "a second document starts here, and only the first is read";
                    out.warn(place(file, &span), what, "remove it, or join the two");
                }
                break;
            }
            Ok(next) => next,
            Err(error) => {
                let at = place(file, &Span::empty(*error.marker()));
                let mut what = error.kind().to_string();
                // Messages end without a full stop here, and start small as all others do.
                what = what.trim_end_matches('.').to_owned();
                out.error(at, format!("this is not YAML: {what}"), SYNTAX_MEND);
                return None;
            }
        };
        if let Err(fault) = tree.on(event, &span, out) {
            out.error(place(file, &span), fault.0, fault.1);
            return None;
        }
    }
    let root = tree.root.filter(|root| !matches!(root.kind, Kind::Null));
    if root.is_none() {
        out.error(whole, "the file is empty", "write the plan into it: `examples/plan` shows how");
    }
    root
}

/// Tells whether a document that begins like this says anything.
fn says(event: &Event<'_>) -> bool {
    if let Event::Scalar(text, style, ..) = event {
        return !matches!(word(text, *style, false), Kind::Null);
    }
    !matches!(event, Event::DocumentEnd | Event::StreamEnd)
}

/// Returns the first of a file's documents, the only one that counts; the whole text when it cannot be read.
pub(super) fn first_document(text: &str) -> &str {
    let mut starts = 0;
    for next in Parser::new_from_str(text) {
        let Ok((event, span)) = next else { break };
        starts += usize::from(matches!(event, Event::DocumentStart(..)));
        if starts == 2 {
            let before = text.split_inclusive('\n').take(span.start.line().saturating_sub(1));
            return &text[..before.map(str::len).sum()];
        }
    }
    text
}

const SYNTAX_MEND: &str =
    "look at the indentation, the quotes and the brackets on this line and the one above";

fn place(file: &'static str, span: &Span) -> Place {
    Place { file, line: span.start.line() as u64, column: span.start.col() as u64 + 1 }
}

/// A fault that ends the reading: what is wrong, and the mend.
type Fault = (&'static str, &'static str);

/// The tree while it is built.
struct Tree {
    file: &'static str,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    nodes: usize,
}

/// A list or map that is not closed yet.
struct Open {
    at: Place,
    anchor: usize,
    kind: Collection,
}

enum Collection {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, u64>, key: Option<(String, Place)> },
}

impl Tree {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser may grow events; those that are no values are passed over"
    )]
    fn on(&mut self, event: Event<'_>, span: &Span, out: &mut Findings<'_>) -> Result<(), Fault> {
        let at = place(self.file, span);
        let list = || Collection::List(Vec::new());
        let map = || Collection::Map { entries: Vec::new(), seen: HashMap::new(), key: None };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged =
                    |name| tag.as_ref().is_some_and(|tag| tag.is_yaml_core_schema_tag(name));
                let style = match ["bool", "int", "float"].into_iter().any(tagged) {
                    true => ScalarStyle::Plain,
                    false => style,
                };
                let node = Node { at, kind: word(&text, style, tagged("str")) };
                self.close(node, anchor, out)
            }
            Event::SequenceStart(_, anchor, _) => self.open(Open { at, anchor, kind: list() }),
            Event::MappingStart(_, anchor, _) => self.open(Open { at, anchor, kind: map() }),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(done) = self.open.pop() else { return Ok(()) };
                let kind = match done.kind {
                    Collection::List(items) => Kind::List(items),
                    Collection::Map { entries, .. } => Kind::Map(merged(entries, out)),
                };
                self.close(Node { at: done.at, kind }, done.anchor, out)
            }
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id) else {
                    return Err(("this alias stands inside of what it repeats", "write it out"));
                };
                let mut node = node.clone();
                let depth = measure(&node, &mut self.nodes);
                if self.open.len() + depth > DEPTH_MAX {
                    return Err(TOO_DEEP);
                }
                node.at = at;
                self.close(node, 0, out)
            }
            Event::DocumentStart(..) if self.root.is_some() => Err((
                "a second document starts here",
                "keep one document in the file: remove `---`",
            )),
            // Comments, document borders and anchors' names carry no value.
            _ => Ok(()),
        }
    }

    fn open(&mut self, open: Open) -> Result<(), Fault> {
        if self.open.len() >= DEPTH_MAX {
            return Err(TOO_DEEP);
        }
        self.open.push(open);
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn close(&mut self, node: Node, anchor: usize, out: &mut Findings<'_>) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err((
                "the file has more than 200,000 values",
                "remove aliases that repeat aliases",
            ));
        }
        if anchor > 0 {
            // What an anchor keeps is copied, so it counts as well.
            measure(&node, &mut self.nodes);
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(Collection::List(items)) => items.push(node),
            Some(Collection::Map { entries, seen, key }) => match key.take() {
                None => *key = Some(as_key(node)?),
                Some((key, at)) => {
                    let first = seen.get(&key).copied().filter(|_| key != MERGE);
                    if let Some(first) = first {
                        let what =
                            format!("the key `{key}` stands here twice, first on line {first}");
                        out.error(at, what, "remove one of them");
                    } else {
                        seen.insert(key.clone(), at.line);
                        entries.push(Entry { key, at, value: node });
                    }
                }
            },
        }
        Ok(())
    }
}

fn as_key(node: Node) -> Result<(String, Place), Fault> {
    match node.kind {
        Kind::Word(text, _) => Ok((text, node.at)),
        Kind::Null => Ok((String::new(), node.at)),
        Kind::List(_) | Kind::Map(_) => {
            Err(("a key must be a word", "put quotes round it, or remove the brackets"))
        }
    }
}

const TOO_DEEP: Fault = ("values are nested more than 64 deep", "flatten them");

/// Adds the number of values inside of `node` to `nodes`; returns how deep they are nested.
fn measure(node: &Node, nodes: &mut usize) -> usize {
    *nodes += 1;
    let deepest = match &node.kind {
        Kind::Null | Kind::Word(..) => return 0,
        Kind::List(items) => items.iter().map(|item| measure(item, nodes)).max(),
        Kind::Map(entries) => entries.iter().map(|entry| measure(&entry.value, nodes)).max(),
    };
    deepest.unwrap_or(0) + 1
}

fn word(text: &str, style: ScalarStyle, text_wanted: bool) -> Kind {
    let style = match style {
        ScalarStyle::Plain if text_wanted => Style::Single,
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted | ScalarStyle::Literal | ScalarStyle::Folded => Style::Other,
    };
    let null = matches!(text, "" | "~" | "null" | "Null" | "NULL");
    if null && style == Style::Plain {
        return Kind::Null;
    }
    Kind::Word(text.to_owned(), style)
}

/// The key that merges other maps into this one.
const MERGE: &str = "<<";

/// Resolves `<<`: keys of the map itself win, then earlier merged maps over later ones.
fn merged(entries: Vec<Entry>, out: &mut Findings<'_>) -> Vec<Entry> {
    if entries.iter().all(|entry| entry.key != MERGE) {
        return entries;
    }
    let (merges, mut kept): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.key == MERGE);
    let mut taken: HashSet<String> = kept.iter().map(|entry| entry.key.clone()).collect();
    for merge in merges {
        let sources = match merge.value.kind {
            Kind::List(items) => items,
            Kind::Null | Kind::Word(..) | Kind::Map(_) => vec![merge.value],
        };
        for source in sources {
            let Kind::Map(inherited) = source.kind else {
                out.error(
                    source.at,
                    "`<<` merges maps only",
                    "name an anchor of a map, as in `<<: *base`",
                );
                continue;
            };
            for entry in inherited {
                if taken.insert(entry.key.clone()) {
                    kept.push(entry);
                }
            }
        }
    }
    kept
}

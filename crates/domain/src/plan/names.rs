//! Names that lead nowhere, and which one was probably meant.

use super::findings::Fault;

/// Returns the mend for a name that is none of `known`: the near one, or what there is.
pub(super) fn mend<'n>(name: &str, known: impl Iterator<Item = &'n str>, none: &str) -> String {
    let known: Vec<&str> = known.collect();
    if let Some(near) = nearest(name, &known) {
        return format!("did you mean `{near}`?");
    }
    if known.is_empty() {
        return none.to_owned();
    }
    let listed: Vec<String> =
        known.iter().take(NAMES_SHOWN_MAX).map(|n| format!("`{n}`")).collect();
    let more = if known.len() > NAMES_SHOWN_MAX { ", …" } else { "" };
    let verb = if known.len() == 1 { "is" } else { "are" };
    format!("there {verb} {}{more}", listed.join(", "))
}

/// Returns the fault of a name of `kind` that is none of `known`; such names stand under the key `section`.
pub(super) fn unknown<'n>(
    kind: &str,
    section: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> Fault {
    let none = format!("there is none yet: add it under `{section}`");
    Fault::new(format!("no {kind} is called `{name}`"), mend(name, known, &none))
}

/// How many names a mend lists.
const NAMES_SHOWN_MAX: usize = 12;

fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(NAME_LETTERS_MAX).collect();
    let reach = (wanted.len() / 3).clamp(1, 3);
    let measured = known.iter().map(|candidate| {
        let letters: Vec<char> = candidate.to_lowercase().chars().take(NAME_LETTERS_MAX).collect();
        (distance(&wanted, &letters), *candidate)
    });
    measured
        .filter(|(steps, _)| *steps <= reach)
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, near)| near)
}

/// Longer names are compared by their start.
const NAME_LETTERS_MAX: usize = 60;

/// How many letters must be put in, left out, replaced or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i * width + j] = if i == 0 || j == 0 {
                i + j
            } else {
                let cell = |up: usize, left: usize| table[(i - up) * width + j - left];
                let replaced = cell(1, 1) + usize::from(a[i - 1] != b[j - 1]);
                let best = replaced.min(cell(1, 0) + 1).min(cell(0, 1) + 1);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if swapped { best.min(cell(2, 2) + 1) } else { best }
            };
        }
    }
    table[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_near_name_is_offered_else_what_there_is() {
        let mend = |name, known: &[&str]| mend(name, known.iter().copied(), "there is none yet");
        assert_eq!(mend("primray", &["database", "primary"]), "did you mean `primary`?");
        assert_eq!(mend("Ana", &["ben", "ana"]), "did you mean `ana`?");
        assert_eq!(mend("xyz", &["ana", "ben"]), "there are `ana`, `ben`");
        assert_eq!(mend("xyz", &[]), "there is none yet");
    }
}

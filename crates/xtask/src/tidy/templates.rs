//! Rules about the pages.

use super::tree::{File, Finding, Tree, has_word};

const TEMPLATES: &str = "crates/web/templates/";

/// Every template is rendered in a test from a `sample()` of its struct, or is part of one that is.
pub(crate) fn every_template_has_a_sample(tree: &Tree) -> Vec<Finding> {
    let templates = || tree.below(TEMPLATES, ".html");
    let web = || tree.below("crates/web/src/", ".rs");
    let findings = templates().filter_map(|template| {
        let path = &template.path[TEMPLATES.len()..];
        let quoted = format!("\"{path}\"");
        let code = web().filter(|file| !file.is_test());
        let mut structs = code.filter_map(|file| struct_of(file, &quoted)).peekable();
        if let Some(first) = structs.peek().copied() {
            let has_sample = structs.any(|name| web().any(|file| has_sample(file, name)));
            return (!has_sample).then(|| template.finding(format!("{first} has no sample()")));
        }
        let is_part = templates().any(|other| is_part_of(other, &quoted));
        (!is_part).then(|| template.finding("no struct in crates/web/src/pages uses it"))
    });
    findings.collect()
}

/// Tells whether `template` extends, includes or imports the file of this quoted name.
fn is_part_of(template: &File, quoted: &str) -> bool {
    let uses = |line: &&str| ["extends", "include", "import"].iter().any(|w| has_word(line, w));
    template.text.lines().filter(uses).any(|line| line.contains(quoted))
}

/// The name of the first struct after the place where `file` names the template.
fn struct_of<'t>(file: &'t File, quoted: &str) -> Option<&'t str> {
    let (_, after_name) = file.text.split_once(quoted)?;
    let (_, after_struct) = after_name.split_once("struct ")?;
    after_struct.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// Tells whether `file` has an `impl` of the struct `name` with `sample`.
fn has_sample(file: &File, name: &str) -> bool {
    let mut impls = file.text.split("\nimpl").skip(1).filter_map(|text| text.split_once('{'));
    impls.any(|(head, rest)| {
        let body = rest.split("\n}").next().unwrap_or(rest);
        has_word(head, name) && body.contains("fn sample(")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: (&str, &str) = ("crates/web/templates/now.html", "{% extends \"base.html\" %}");
    const BASE: (&str, &str) = ("crates/web/templates/base.html", "<html>");
    const PAGE: &str = "#[template(path = \"now.html\")]\npub(crate) struct Now<'a> {\n}\n";

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        every_template_has_a_sample(&Tree::sample(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_template_that_no_struct_uses_is_found() {
        let expected = "crates/web/templates/now.html: no struct in crates/web/src/pages uses it";
        assert_eq!(found(&[TEMPLATE, BASE]), [expected]);
    }

    #[test]
    fn a_struct_without_a_sample_is_found() {
        let other = format!("{PAGE}\nimpl Other {{\n    fn sample() {{}}\n}}\n");
        let expected = "crates/web/templates/now.html: Now has no sample()";
        assert_eq!(found(&[TEMPLATE, BASE, ("crates/web/src/pages/now.rs", &other)]), [expected]);
    }

    #[test]
    fn a_struct_with_a_sample_is_fine() {
        let good = format!("{PAGE}\nimpl Now<'_> {{\n    fn sample() {{}}\n}}\n");
        assert_eq!(found(&[TEMPLATE, BASE, ("crates/web/src/pages/now.rs", &good)]), [""; 0]);
    }
}

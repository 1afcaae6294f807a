//! `docs/reference/senders.md` and `channels.md` are made of what senders and channels say of themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::inbound::SENDERS;
use crate::outbound::CHANNELS;

fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, actual, "docs/reference/{name} is out of date (UPDATE=1 rewrites)");
}

fn yes(one: bool) -> &'static str {
    if one { "yes" } else { "no" }
}

#[test]
fn the_reference_of_senders_is_up_to_date() {
    let mut out = String::from(
        "# Senders\n\nWhat Stentor understands unmodified. This page is generated from `crates/integrations/src/inbound/`.\n",
    );
    for sender in SENDERS {
        let about = sender.about();
        let language = if about.example.starts_with("# prometheus.yml") { "yaml" } else { "" };
        writeln!(out, "\n## {}\n\n`{}`\n\n{}\n", about.title, about.endpoint, about.help).unwrap();
        writeln!(out, "```{language}\n{}\n```\n", about.example).unwrap();
        writeln!(out, "| limit | at most | what is over it |\n|---|---|---|").unwrap();
        for (what, most, then) in about.limits {
            writeln!(out, "| {what} | {most} | {then} |").unwrap();
        }
        writeln!(out, "\n{}", sender.about().notes).unwrap();
    }
    check("senders.md", &out);
}

#[test]
fn the_reference_of_channels_is_up_to_date() {
    let mut out = String::from(
        "# Channels\n\nHow messages leave Stentor. This page is generated from `crates/integrations/src/outbound/`.\n\n\
         Private, loopback, link-local and metadata addresses are refused, by name and by number, unless\n\
         `outbound: {allow: [\"10.0.0.0/8\"]}` in `stentor.yml` opens their range. Redirects are not followed, and no\n\
         proxy is taken from the environment. Certificates are checked against Mozilla's roots, which are built in; an\n\
         authority of your own cannot be added yet.\n",
    );
    for channel in CHANNELS {
        let about = channel.about();
        writeln!(out, "\n## {}\n\n`kind: {}`\n\n{}\n", about.title, channel.kind(), about.help)
            .unwrap();
        writeln!(out, "```yaml\n{}\n```\n", about.example).unwrap();
        writeln!(out, "| setting | required | secret | meaning |\n|---|---|---|---|").unwrap();
        for field in about.settings {
            let (required, secret) = (yes(field.required), yes(field.secret));
            writeln!(out, "| `{}` | {required} | {secret} | {} |", field.name, field.help).unwrap();
        }
        if !about.notes.is_empty() {
            writeln!(out, "\n{}", about.notes).unwrap();
        }
    }
    check("channels.md", &out);
}

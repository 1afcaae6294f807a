//! How the original's flags may be written: one dash or two, `--no-…`, and some that have no meaning here.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Names of the program under which it stands in the place of the original.
const NAMES: [&str; 2] = ["alertmanager", "prometheus-alertmanager"];

/// The word that begins the command.
const COMMAND: &str = "alertmanager";

/// Where Debian's package has the two paths; its unit names neither.
const DEBIAN: [(&str, &str); 2] = [
    ("config.file", "/etc/prometheus/alertmanager.yml"),
    ("storage.path", "/var/lib/prometheus/alertmanager/"),
];

/// A flag that is taken and does nothing.
struct Ignored {
    name: &'static str,
    /// Whether it has no value.
    bare: bool,
    /// What stands in its place.
    why: &'static str,
}

const fn valued(name: &'static str, why: &'static str) -> Ignored {
    Ignored { name, bare: false, why }
}

const fn bare(name: &'static str, why: &'static str) -> Ignored {
    Ignored { name, bare: true, why }
}

const ON_DISK: &str =
    "every change is on disk before it is answered, so nothing is written in turns";
const NO_GOSSIP: &str =
    "servers do not gossip: a second one on the same database takes over when the first is gone";
const NO_LIMIT: &str =
    "requests are not limited by number: reading does not slow down what is decided";
const NO_TURNS: &str = "what is over is taken away when it is over, not in turns";
const ONE_LOOP: &str = "groups are decided one after another, each at its own time";

const IGNORED: &[Ignored] = &[
    valued("data.maintenance-interval", ON_DISK),
    valued("alerts.gc-interval", NO_TURNS),
    valued("alerts.per-alertname-limit", "alerts are bounded by memory alone"),
    valued("silences.max-silences", "the number of silences is not limited"),
    valued("silences.max-silence-size-bytes", "a request's body is limited to 1 MiB"),
    bare("log.silences", "every silence is in the audit log"),
    valued("dispatch.maintenance-interval", ONE_LOOP),
    valued(
        "dispatch.start-delay",
        "after a start alerts have two minutes to be repeated; nothing is sent half",
    ),
    valued("web.get-concurrency", NO_LIMIT),
    valued("web.timeout", "every request is answered within 60 s"),
    valued("web.ui-path", "the pages are part of the program"),
    valued("cluster.peer", NO_GOSSIP),
    valued("cluster.peer-timeout", NO_GOSSIP),
    valued("cluster.peers-resolve-timeout", NO_GOSSIP),
    valued("cluster.gossip-interval", NO_GOSSIP),
    valued("cluster.pushpull-interval", NO_GOSSIP),
    valued("cluster.tcp-timeout", NO_GOSSIP),
    valued("cluster.probe-timeout", NO_GOSSIP),
    valued("cluster.probe-interval", NO_GOSSIP),
    valued("cluster.settle-timeout", "nobody is waited for before the first notification"),
    valued("cluster.reconnect-interval", NO_GOSSIP),
    valued("cluster.reconnect-timeout", NO_GOSSIP),
    valued("cluster.tls-config", NO_GOSSIP),
    valued("cluster.label", NO_GOSSIP),
    bare("cluster.allow-insecure-public-advertise-address-discovery", NO_GOSSIP),
    valued(
        "enable-feature",
        "there are no features to switch on: matchers are read in both ways, as by default",
    ),
    valued("auto-gomemlimit.ratio", "memory is not collected as garbage"),
    bare("auto-gomemlimit", "memory is not collected as garbage"),
];

/// Flags with a meaning that need no value.
const BARE: [&str; 4] = ["web.systemd-socket", "version", "help", "help-long"];

/// Returns the command line as `clap` reads it.
///
/// A program that is called as the original begins with the word of the command. Then a single dash is as good as two,
/// `--no-x` is `--x=false`, and what has no meaning here is taken out; its name stays, for the log.
pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args = args.into_iter();
    let program = args.next().unwrap_or_default();
    let name = Path::new(&program).file_name().and_then(OsStr::to_str).unwrap_or_default();
    let named = NAMES.contains(&name);
    let mut rest: Vec<OsString> = args.collect();
    if !named && rest.first().is_none_or(|first| first != COMMAND) {
        rest.insert(0, program);
        return rest;
    }
    if !named {
        rest.remove(0);
    }
    let mut whole = vec![OsString::from("stentor"), OsString::from(COMMAND)];
    let mut flags = flags(rest);
    if name == NAMES[1] {
        for (flag, usual) in DEBIAN {
            let given = format!("--{flag}");
            let is_given = |arg: &OsString| {
                arg.to_str().is_some_and(|arg| arg.split('=').next() == Some(given.as_str()))
            };
            if !flags.iter().any(is_given) {
                flags.push(format!("{given}={usual}").into());
            }
        }
    }
    whole.append(&mut flags);
    whole
}

fn flags(args: Vec<OsString>) -> Vec<OsString> {
    let mut out = Vec::new();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let Some(flag) = arg.to_str().and_then(bare_name) else {
            out.push(arg);
            continue;
        };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        let (name, denied) = match name.strip_prefix("no-") {
            Some(positive) if is_bare(positive) => (positive, true),
            Some(_) | None => (name, false),
        };
        if let Some(ignored) = IGNORED.iter().find(|ignored| ignored.name == name) {
            out.push(format!("--stentor.without-effect={name}").into());
            if value.is_none() && !ignored.bare {
                args.next();
            }
        } else if denied {
            out.push(format!("--{name}=false").into());
        } else {
            out.push(format!("--{flag}").into());
        }
    }
    out
}

/// Returns a flag without its dashes; `None` for `-h` and whatever is no flag.
fn bare_name(arg: &str) -> Option<&str> {
    let name =
        arg.strip_prefix("--").or_else(|| arg.strip_prefix('-').filter(|it| it.len() > 1))?;
    name.starts_with(|first: char| first.is_ascii_alphabetic()).then_some(name)
}

fn is_bare(name: &str) -> bool {
    BARE.contains(&name) || IGNORED.iter().any(|ignored| ignored.bare && ignored.name == name)
}

/// Returns what stands in the place of a flag without effect.
pub(crate) fn in_place_of(name: &str) -> &'static str {
    IGNORED.iter().find(|ignored| ignored.name == name).map_or("", |ignored| ignored.why)
}

/// Returns what stands below the list of flags.
pub(crate) fn after_help() -> String {
    let mut help = String::from(
        "\
Examples:
  stentor alertmanager --config.file=/etc/alertmanager/alertmanager.yml --storage.path=/var/lib/am
  stentor alertmanager --web.listen-address=127.0.0.1:9093 --cluster.listen-address=
  stentor alertmanager --web.external-url=https://example.com/alerts/ --web.config.file=web.yml

It takes the flags of Alertmanager and its configuration file, and needs nothing else. A program
that is called alertmanager or prometheus-alertmanager, a link for example, does the same.

As the original it is open: whoever reaches one of its addresses may read everything, send alerts
and silence them, unless --web.config.file names users. SIGHUP and POST /-/reload read the
configuration again.

Taken and without effect, each with a line in the log:
",
    );
    for Ignored { name, why, .. } in IGNORED {
        let _ = writeln!(help, "  --{name}\n      {why}");
    }
    help.truncate(help.trim_end().len());
    help
}

/// Reads a duration as Go and Prometheus write it: `120h`, `1h30m`, `1.5s`, `5d`, `0`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 10] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3_600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
        ("y", 31_536_000.0),
    ];
    let wrong = || format!("`{text}` is no duration; write it as in 120h, 1h30m or 5d");
    let mut rest = text;
    let mut seconds = 0.0;
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    while !rest.is_empty() || text.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        seconds += number.parse::<f64>().map_err(|_| wrong())? * factor;
        rest = after;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> String {
        let args = line.split(' ').map(OsString::from);
        let words = read(args).into_iter().map(|word| word.into_string().unwrap());
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_dash_is_as_good_as_two_and_no_is_false() {
        for (line, expected) in [
            ("stentor page list -o json", "stentor page list -o json"),
            ("stentor", "stentor"),
            (
                "stentor alertmanager -config.file x --storage.path=y",
                "stentor alertmanager --config.file x --storage.path=y",
            ),
            ("/usr/bin/alertmanager -h", "stentor alertmanager -h"),
            (
                "alertmanager --no-web.systemd-socket",
                "stentor alertmanager --web.systemd-socket=false",
            ),
            ("alertmanager --log.level debug", "stentor alertmanager --log.level debug"),
            (
                "alertmanager --cluster.peer=a:1 --cluster.peer b:1 --no-log.silences --version",
                "stentor alertmanager --stentor.without-effect=cluster.peer \
                 --stentor.without-effect=cluster.peer --stentor.without-effect=log.silences --version",
            ),
            (
                "prometheus-alertmanager --config.file=/x",
                "stentor alertmanager --config.file=/x --storage.path=/var/lib/prometheus/alertmanager/",
            ),
        ] {
            assert_eq!(words(line), expected);
        }
    }

    #[test]
    fn durations_are_read_as_go_and_prometheus_write_them() {
        for (text, millis) in [
            ("0", 0),
            ("0s", 0),
            ("200ms", 200),
            ("1m0s", 60_000),
            ("1.5h", 5_400_000),
            ("120h", 432_000_000),
            ("5d", 432_000_000),
            ("1h30m", 5_400_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "5", "h", "1x", "-1s", "1h30", "ten"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}

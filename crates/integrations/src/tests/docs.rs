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

/// What holds for every channel.
const CHANNELS_HEAD: &str = "\
# Channels

How messages leave Stentor. This page is generated from `crates/integrations/src/outbound/`.

Email, Slack and webhooks are channels of `stentor.yml` and receivers of `alertmanager.yml`; every other kind is a
receiver. A receiver's settings have the names, the defaults and the templates that they have in Alertmanager; a name
with dots stands for keys inside keys. A template that fails to render is a refusal that names it.

Private, loopback, link-local and metadata addresses are refused, by name and by number, unless
`outbound: {allow: [\"10.0.0.0/8\"]}` in `stentor.yml` opens their range.

Tried again, unless a section says otherwise: answers with the status 429 (not before `Retry-After`) and 5xx, and when
there is no answer. Anything else is a refusal. An attempt, all its requests together, takes at most 50 s.

## `http_config`

Every receiver but email takes `http_config`. Connections with the same settings share a client.

| setting | meaning |
|---|---|
| `basic_auth` | `username` and `password`, or files of them. |
| `authorization` | `type` (by default `Bearer`) and `credentials`, or a file of them. |
| `oauth2` | Client credentials: `client_id`, `client_secret`, `token_url`, `scopes`, `endpoint_params`. The token is kept until it runs out, and asked for anew when it is not taken. |
| `tls_config` | `ca`, `cert` and `key`, as PEM or files; `server_name`; `insecure_skip_verify`; `min_version` and `max_version`, of which TLS 1.2 and 1.3 are spoken. Without `ca` Mozilla's roots are trusted, which are built in. |
| `proxy_url` | A proxy; with `no_proxy` and `proxy_connect_header`. It resolves names itself, so its operator decides what they reach. |
| `proxy_from_environment` | `true` heeds `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. |
| `follow_redirects` | `false` follows none. By default at most ten are followed; each is checked like the first address. |
| `http_headers` | Further headers. Those that a receiver sets itself stay as they are. |
| `enable_http2` | Read, and without an effect: HTTP/1.1 is spoken. |

`User-Agent` is `Stentor/` and the version. `server_name` is the name that is checked; the one that is asked for (SNI)
stays that of the address.
";

#[test]
fn the_reference_of_channels_is_up_to_date() {
    let mut out = String::from(CHANNELS_HEAD);
    for channel in CHANNELS {
        let about = channel.about();
        let kind = channel.kind();
        let known_as = match about.example.starts_with("channels:") {
            true => format!("`kind: {kind}`, or `{kind}_configs` of a receiver"),
            false => format!("`{kind}_configs` of a receiver"),
        };
        writeln!(out, "\n## {}\n\n{known_as}\n\n{}\n", about.title, about.help).unwrap();
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

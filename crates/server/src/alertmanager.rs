//! `stentor alertmanager`: in the place of the original, with its flags, its files and its manners.

pub(crate) mod flags;
mod log;
pub(crate) mod words;

use std::process::ExitCode;

use anyhow::bail;
use jiff::SignedDuration;
use stentor_engine::Retention;
use stentor_web::surface::{Peer, Surface};

use self::flags::Flags;
use crate::listen::Sockets;
use crate::plan_source::PlanSource;
use crate::serve::{self, Config};
use crate::{output, web_config};

/// The release whose place is taken: amtool compares its first two numbers with its own.
const SPOKEN: &str = "0.25.0";

/// Runs the server until it is told to stop.
pub(crate) async fn run(flags: Flags) -> anyhow::Result<ExitCode> {
    let release = env!("CARGO_PKG_VERSION");
    if flags.version {
        output::print(&format!(
            "alertmanager, version {SPOKEN} (in its place: stentor {release})\n"
        ));
        return Ok(ExitCode::SUCCESS);
    }
    log::start(flags.log_level, flags.log_format);
    tracing::info!(version = SPOKEN, stentor = release, "Starting Alertmanager");
    for name in &flags.without_effect {
        tracing::warn!(flag = format!("--{name}"), "no effect: {}", words::in_place_of(name));
    }
    let config = config(flags)?;
    serve::serve(config).await
}

fn config(flags: Flags) -> anyhow::Result<Config> {
    let sockets = match flags.systemd_socket {
        true => Sockets::Systemd,
        false => Sockets::Named(flags.listen.clone()),
    };
    let port = sockets.first_port();
    let scheme = match &flags.web_config {
        Some(file) if web_config::has_tls(file) => "https",
        Some(_) | None => "http",
    };
    let external_url = match flags.external_url.as_deref() {
        Some(url) if !url.is_empty() => external_url(url)?,
        Some(_) | None => format!("{scheme}://{}:{port}", host_name()),
    };
    let path = external_url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let path = path.map_or("", |(_, path)| path);
    let prefix = prefix(flags.route_prefix.as_deref().unwrap_or(path));
    let peer = (!flags.cluster_listen.is_empty()).then(|| Peer {
        name: flags.cluster_name.unwrap_or_default(),
        address: flags.cluster_advertise.unwrap_or(flags.cluster_listen),
    });
    let surface = Surface { open: true, proxied: !path.is_empty(), prefix, peer, reload: None };
    let retention = Retention {
        silences: SignedDuration::try_from(flags.retention)?,
        history: SignedDuration::try_from(flags.history_retention)?,
    };
    Ok(Config {
        source: PlanSource::File(flags.config_file),
        database_url: serve::database_url(flags.database_url.as_deref(), &flags.storage_path)?,
        external_url: Some(external_url),
        bootstrap_token: flags.bootstrap_token,
        sockets,
        web_config: flags.web_config,
        surface,
        retention,
    })
}

/// Returns the address without a slash at its end.
fn external_url(text: &str) -> anyhow::Result<String> {
    let url = text.parse::<reqwest::Url>().ok().filter(|url| url.has_host());
    match url.filter(|url| ["http", "https"].contains(&url.scheme())) {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => bail!(
            "--web.external-url={text} is no address; write one as in https://example.com/alerts"
        ),
    }
}

/// Returns the path with a slash before it and none behind, without `.` and `..`; empty for the root.
pub(crate) fn prefix(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().map(|part| format!("/{part}")).collect()
}

fn host_name() -> String {
    let name = hostname::get().ok().and_then(|name| name.into_string().ok());
    name.unwrap_or_else(|| "localhost".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn a_prefix_begins_with_a_slash_and_ends_with_none() {
        for (path, expected) in [
            ("", ""),
            ("/", ""),
            ("am", "/am"),
            ("/a/b/", "/a/b"),
            ("/a/../b//c/./", "/b/c"),
            ("../..", ""),
        ] {
            assert_eq!(prefix(path), expected);
        }
    }

    #[test]
    fn how_long_silences_and_history_are_kept_is_what_was_asked_for() {
        let folder = tempfile::TempDir::new().unwrap();
        let storage = format!("--storage.path={}", folder.path().display());
        let asked =
            ["--web.external-url=", "--data.retention=2h", "--stentor.history-retention=1w"];
        for (flags, silences, history) in [(&[][..], 120, 24 * 90), (&asked[..], 2, 24 * 7)] {
            let words = ["stentor", "alertmanager", storage.as_str()];
            let words = words.iter().chain(flags);
            let Command::Alertmanager(flags) = Cli::parse_from(words).command else {
                panic!("it stands in the place of Alertmanager");
            };
            let [silences, history] = [silences, history].map(SignedDuration::from_hours);
            let config = config(*flags).unwrap();
            assert_eq!(config.retention, Retention { silences, history });
            // An empty address is one that is not given.
            assert!(config.external_url.unwrap().ends_with(":9093"));
        }
    }

    #[test]
    fn an_external_url_is_an_address_of_the_web() {
        assert_eq!(external_url("https://x.example/am/").unwrap(), "https://x.example/am");
        for bad in ["", "x.example", "/am", "ftp://x/", "http://"] {
            assert!(external_url(bad).is_err(), "{bad}");
        }
    }
}

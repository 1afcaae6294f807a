//! The flags of the original, by its names.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use super::words;

/// `stentor alertmanager`.
#[derive(Args, Clone, Debug)]
#[command(after_help = words::after_help())]
pub(crate) struct Flags {
    /// Configuration file
    #[arg(long = "config.file", value_name = "FILE", default_value = "alertmanager.yml")]
    pub(crate) config_file: PathBuf,
    /// Folder for what is kept, in stentor.db; made if it does not exist
    #[arg(long = "storage.path", value_name = "DIR", default_value = "data/")]
    pub(crate) storage_path: PathBuf,
    /// How long silences are kept after their end
    #[arg(long = "data.retention", value_name = "DURATION", default_value = "120h")]
    #[arg(value_parser = words::duration)]
    pub(crate) retention: Duration,
    /// Address to listen on; may be repeated
    #[arg(long = "web.listen-address", value_name = "ADDR:PORT", default_value = ":9093")]
    pub(crate) listen: Vec<String>,
    /// Listen on the sockets that systemd hands over
    #[arg(long = "web.systemd-socket", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", default_value_t = false, hide_default_value = true)]
    #[arg(action = ArgAction::Set, value_name = "BOOL", hide_possible_values = true)]
    pub(crate) systemd_socket: bool,
    /// File with certificates and users, in the format of Prometheus
    #[arg(long = "web.config.file", value_name = "FILE")]
    pub(crate) web_config: Option<PathBuf>,
    /// Address that links start with [default: http://HOST:PORT]
    #[arg(long = "web.external-url", value_name = "URL")]
    pub(crate) external_url: Option<String>,
    /// Path below which everything is served [default: the path of --web.external-url]
    #[arg(long = "web.route-prefix", value_name = "PATH")]
    pub(crate) route_prefix: Option<String>,
    /// With an address /api/v2/status shows a cluster of this one peer; empty, it shows none
    #[arg(long = "cluster.listen-address", value_name = "ADDR:PORT")]
    #[arg(default_value = "0.0.0.0:9094")]
    pub(crate) cluster_listen: String,
    /// Address that /api/v2/status shows in its place
    #[arg(long = "cluster.advertise-address", value_name = "ADDR:PORT")]
    pub(crate) cluster_advertise: Option<String>,
    /// Name of the peer that /api/v2/status shows [default: made at random]
    #[arg(long = "cluster.peer-name", value_name = "NAME")]
    pub(crate) cluster_name: Option<String>,
    /// What is logged
    #[arg(long = "log.level", value_enum, value_name = "LEVEL", default_value_t = Level::Info)]
    pub(crate) log_level: Level,
    /// How log lines are written
    #[arg(long = "log.format", value_enum, value_name = "FORMAT")]
    #[arg(default_value_t = Lines::Logfmt)]
    pub(crate) log_format: Lines,
    /// Print the release
    #[arg(long)]
    pub(crate) version: bool,
    /// PostgreSQL to keep everything in, postgres://…; without it, SQLite in --storage.path
    #[arg(long = "stentor.database-url", value_name = "URL")]
    #[arg(env = "STENTOR_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// File to write an admin API token to at the first start, for automation
    #[arg(long = "stentor.bootstrap-token", value_name = "FILE")]
    #[arg(env = "STENTOR_BOOTSTRAP_TOKEN", hide_env_values = true)]
    pub(crate) bootstrap_token: Option<PathBuf>,
    /// How long ended firings, and what was sent about them, are kept
    #[arg(long = "stentor.history-retention", value_name = "DURATION", default_value = "90d")]
    #[arg(env = "STENTOR_HISTORY_RETENTION", hide_env_values = true)]
    #[arg(value_parser = words::duration)]
    pub(crate) history_retention: Duration,
    // What `words::read` has taken out, so that it can be said in the log.
    #[arg(long = "stentor.without-effect", hide = true)]
    pub(crate) without_effect: Vec<String>,
}

/// What is logged: this and what is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Everything.
    Debug,
    /// What happens.
    Info,
    /// What may become a fault.
    Warn,
    /// Faults.
    Error,
}

impl Level {
    /// Returns the word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lines {
    /// Pairs of name and value.
    Logfmt,
    /// One JSON object a line.
    Json,
}

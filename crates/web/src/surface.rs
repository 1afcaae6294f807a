//! How the server shows itself: as Stentor, closed, or in the place of Alertmanager, open as that is.

use tokio::sync::{mpsc, oneshot};

/// What is asked when the configuration is to be read again: the answer says what is wrong with it.
pub type Reload = oneshot::Sender<Result<(), String>>;

/// How the server shows itself.
#[derive(Clone, Debug, Default)]
pub struct Surface {
    /// Whether it stands in the place of Alertmanager: whoever asks may read, send alerts and silence.
    pub open: bool,
    /// What every path begins with, for example `/alertmanager`; empty for none.
    pub prefix: String,
    /// Whether a proxy shows it below a path of its own, so that links have to be relative.
    pub proxied: bool,
    /// The cluster of this one peer; `None` when clustering is off.
    pub peer: Option<Peer>,
    /// Has the configuration read again; `None` where nobody listens.
    pub reload: Option<mpsc::Sender<Reload>>,
}

/// This server as the only member of its cluster.
#[derive(Clone, Debug)]
pub struct Peer {
    /// A name that nobody else has.
    pub name: String,
    /// Where gossip would be heard, as `host:port`.
    pub address: String,
}

impl Surface {
    /// Tells whether it is served below a path, or may be shown below one by a proxy.
    pub(crate) fn is_below(&self) -> bool {
        !self.prefix.is_empty() || self.proxied
    }
}

//! The cluster of this one peer, in the metrics of the original: nobody is gossiped with, so nothing is counted.

use crate::exposition::{Exposition, Kind};
use crate::surface::Peer;

/// A family: its name behind the prefix, its kind, its help, the label of its values, and what that may be.
type Family = (&'static str, Kind, &'static str, &'static str, &'static [&'static str]);

const MESSAGES: &[&str] = &["full_state", "update"];
const STATES: &[&str] = &["nfl", "sil"];

/// What stays at nought.
const NOTHING: [Family; 18] = [
    ("cluster_failed_peers", Kind::Gauge, "Members that cannot be reached", "", &[""]),
    ("cluster_health_score", Kind::Gauge, "0 is well", "", &[""]),
    ("cluster_messages_pruned_total", Kind::Counter, "Messages that were dropped", "", &[""]),
    ("cluster_messages_queued", Kind::Gauge, "Messages that wait", "", &[""]),
    ("cluster_messages_received_size_total", Kind::Counter, "Bytes received", "msg_type", MESSAGES),
    ("cluster_messages_received_total", Kind::Counter, "Messages received", "msg_type", MESSAGES),
    ("cluster_messages_sent_size_total", Kind::Counter, "Bytes sent", "msg_type", MESSAGES),
    ("cluster_messages_sent_total", Kind::Counter, "Messages sent", "msg_type", MESSAGES),
    ("cluster_peers_left_total", Kind::Counter, "Members that have left", "", &[""]),
    ("cluster_peers_update_total", Kind::Counter, "Members that have changed", "", &[""]),
    ("cluster_reconnections_failed_total", Kind::Counter, "Reconnections that failed", "", &[""]),
    ("cluster_reconnections_total", Kind::Counter, "Reconnections", "", &[""]),
    ("cluster_refresh_join_failed_total", Kind::Counter, "Joins that failed", "", &[""]),
    ("cluster_refresh_join_total", Kind::Counter, "Joins", "", &[""]),
    (
        "oversized_gossip_message_dropped_total",
        Kind::Counter,
        "Large messages dropped",
        "key",
        STATES,
    ),
    (
        "oversized_gossip_message_failure_total",
        Kind::Counter,
        "Large messages failed",
        "key",
        STATES,
    ),
    ("oversized_gossip_message_sent_total", Kind::Counter, "Large messages sent", "key", STATES),
    ("peer_position", Kind::Gauge, "The place of this member: the first", "", &[""]),
];

/// Writes what there is to say of the cluster; `None` when it is off.
pub(crate) fn write(out: &mut Exposition, peer: Option<&Peer>) {
    let help = "Whether a cluster is shown";
    out.one("alertmanager_cluster_enabled", Kind::Gauge, help, u8::from(peer.is_some()));
    for state in ["nflog", "silences"] {
        let name = format!("alertmanager_{state}_gossip_messages_propagated_total");
        out.one(&name, Kind::Counter, "Messages passed on: there is no gossip", 0);
    }
    let Some(peer) = peer else { return };
    for (name, kind, help, label, values) in NOTHING {
        let family = out.family(&format!("alertmanager_{name}"), kind, help);
        for value in values {
            let labels = [(label, *value)];
            family.value(if label.is_empty() { &[] } else { &labels }, 0);
        }
    }
    for (name, kind, help) in [
        ("cluster_members", Kind::Gauge, "Members of the cluster: this one"),
        ("cluster_peers_joined_total", Kind::Counter, "Members that have joined: this one"),
    ] {
        out.one(&format!("alertmanager_{name}"), kind, help, 1);
    }
    for (name, kind, help) in [
        ("cluster_alive_messages_total", Kind::Counter, "Signs of life heard: its own start"),
        ("cluster_peer_info", Kind::Gauge, "The members by name"),
    ] {
        out.family(&format!("alertmanager_{name}"), kind, help).value(&[("peer", &peer.name)], 1);
    }
}

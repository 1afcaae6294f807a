//! Whether somebody who says nothing of themselves is a program on this machine.
//!
//! A browser on this machine runs what strangers wrote. It can send to loopback from any page it shows, and with a
//! name that its owner has resolve to loopback (DNS rebinding) it takes us for that page's own server.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, Uri};

/// Tells whether a request comes from this machine, through no proxy and for no stranger's page.
pub(super) fn is_local(headers: &HeaderMap, extensions: &Extensions, external_url: &str) -> bool {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let loopback = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    // Behind a proxy on this machine every stranger would look local.
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    loopback && !forwarded && asks_for_us(headers, external_url) && !is_of_another_site(headers)
}

/// Tells whether `Host` is a name that no stranger can have resolve to loopback.
fn asks_for_us(headers: &HeaderMap, external_url: &str) -> bool {
    let Some(host) = headers.get("host") else { return true };
    let Some(host) = host.to_str().ok().and_then(name) else { return false };
    let ours = external_url.split_once("://").and_then(|(_, rest)| name(rest.split('/').next()?));
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    address || !host.contains('.') || host.ends_with(".localhost") || ours == Some(host)
}

/// Returns the name in `name:port`, in small letters.
fn name(authority: &str) -> Option<String> {
    Some(authority.parse::<Uri>().ok()?.host()?.to_ascii_lowercase())
}

/// Tells whether a browser sends it for a page of another site.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, origin)| origin) != Some(text("host").unwrap_or(""))
        }
        (None, None) => false,
    }
}

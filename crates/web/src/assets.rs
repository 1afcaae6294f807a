//! The files of `static/`, inside the binary, each with the hash of its bytes as a version.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// One embedded file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The name after `/static/`.
    pub name: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// Twelve hexadecimal digits of the content's SHA-256: the version in the address and the `ETag`.
    pub hash: String,
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset("favicon.svg", include_bytes!("../static/favicon.svg"), SVG),
        asset("fragments.js", include_bytes!("../static/fragments.js"), JS),
        asset("keys.js", include_bytes!("../static/keys.js"), JS),
        asset("live.js", include_bytes!("../static/live.js"), JS),
        asset("stentor.css", include_bytes!("../static/stentor.css"), CSS),
        asset("times.js", include_bytes!("../static/times.js"), JS),
    ]
});

/// Returns every embedded file, by name.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// Returns the file of a path after `/static/`; `None` when there is no such file.
pub fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == path)
}

/// Returns the address of a file with its version, which may be cached for ever.
///
/// Panics when no such file is embedded: a template named it, so the sample test fails first.
pub fn url(name: &str) -> String {
    let asset = find(name).expect("templates name embedded files only");
    format!("/static/{}?v={}", asset.name, asset.hash)
}

fn asset(name: &'static str, bytes: &'static [u8], content_type: &'static str) -> Asset {
    let digest = Sha256::digest(bytes);
    let hash = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Asset { name, bytes, content_type, hash }
}

//! TLS to PostgreSQL, as `sslmode` and `sslrootcert` of the URL ask for it.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Error;

/// Takes out of the URL what the driver does not know: returns the rest and `sslrootcert`.
///
/// `verify-ca` and `verify-full` become `require`, for which we verify in full anyhow.
pub(super) fn split(url: &str) -> Result<(String, Option<String>), Error> {
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), None)) };
    let mut kept = Vec::new();
    let mut roots = None;
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslrootcert", path)) => roots = Some(unescape(path)?),
            Some(("sslmode", "verify-ca" | "verify-full")) => kept.push("sslmode=require"),
            Some(_) | None => kept.push(pair),
        }
    }
    Ok((format!("{base}?{}", kept.join("&")), roots))
}

/// A connector that trusts the certificates of the PEM file `roots`, or the public roots.
pub(super) fn connector(roots: Option<&str>) -> Result<MakeRustlsConnect, Error> {
    let mut store = RootCertStore::empty();
    match roots {
        None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let doing = format!("read the certificates of {path}");
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| Error::sql(&doing, error))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| Error::sql(&doing, error))?;
                store.add(certificate).map_err(|error| Error::sql(&doing, error))?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::sql("prepare TLS", error))?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Decodes `%2F` and its like.
fn unescape(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.ok_or_else(|| Error::sql("read sslrootcert", "a % without its code"))?);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|error| Error::sql("read sslrootcert", error))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn what_the_driver_does_not_know_is_taken_out_of_the_url() {
        for (url, rest, roots) in [
            ("postgres://h/d", "postgres://h/d", None),
            ("postgres://h/d?sslmode=disable", "postgres://h/d?sslmode=disable", None),
            ("postgres://h/d?sslmode=verify-full&a=b", "postgres://h/d?sslmode=require&a=b", None),
            (
                "postgres://h/d?sslrootcert=%2Fetc%2Fmy%20ca.pem&sslmode=require",
                "postgres://h/d?sslmode=require",
                Some("/etc/my ca.pem"),
            ),
        ] {
            assert_eq!(split(url).unwrap(), (rest.to_owned(), roots.map(str::to_owned)), "{url}");
        }
        assert!(split("postgres://h/d?sslrootcert=%2").is_err());
    }
}

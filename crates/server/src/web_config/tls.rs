//! `tls_server_config`: certificates and versions, as rustls takes them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};
use serde_saphyr::Spanned;

use super::file::{Fault, Tls};

/// The original's names of versions, oldest first; the first two are not spoken.
const VERSIONS: [&str; 4] = ["TLS10", "TLS11", "TLS12", "TLS13"];

/// Returns what encrypts connections; the files that are read are added to `files`.
pub(super) fn config(
    settings: &Spanned<Tls>,
    folder: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<Arc<ServerConfig>, Fault> {
    let tls = &settings.value;
    let mut pem = |inline: &Option<Spanned<String>>, file: &Option<Spanned<String>>, key: &str| {
        pem(settings, (inline, file), key, folder, files)
    };
    let (certificates, at) = pem(&tls.cert, &tls.cert_file, "cert")?;
    let chain = chain(&certificates, &at)?;
    let (private, at) = pem(&tls.key, &tls.key_file, "key")?;
    let key = PrivateKeyDer::from_pem_slice(private.as_bytes())
        .map_err(|_| Fault { what: "there is no private key in PEM".to_owned(), ..at.clone() })?;
    let authority = match (&tls.client_ca, &tls.client_ca_file) {
        (None, None) => None,
        (inline, file) => Some(pem(inline, file, "client_ca")?),
    };
    if let Some(names) = &tls.client_allowed_sans {
        let what = "`client_allowed_sans` is not looked at yet; remove it, and let `client_ca_file` name an authority for these clients alone";
        return Err(Fault::of(names, what));
    }
    if let Some(curves) = &tls.curve_preferences {
        tracing::warn!("`curve_preferences` has no effect: {} are used", "X25519, P-256 and P-384");
        let _ = curves;
    }
    let provider = Arc::new(provider(tls)?);
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(tls)?)
        .map_err(|error| {
            Fault::of(settings, format!("these settings exclude each other: {error}"))
        })?;
    let config = match clients(settings, authority, &provider)? {
        None => config.with_no_client_auth(),
        Some(verifier) => config.with_client_cert_verifier(verifier),
    };
    let mut config = config.with_single_cert(chain, key).map_err(|error| Fault {
        what: format!("the key does not fit the certificate: {error}"),
        ..at
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Returns PEM from the file itself or from the one that it names, and where it names it.
fn pem(
    settings: &Spanned<Tls>,
    (inline, file): (&Option<Spanned<String>>, &Option<Spanned<String>>),
    key: &str,
    folder: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<(String, Fault), Fault> {
    match (inline, file) {
        (Some(text), None) => Ok((text.value.clone(), Fault::of(text, ""))),
        (None, Some(path)) if !path.value.is_empty() => {
            let whole = folder.join(&path.value);
            let text = std::fs::read_to_string(&whole).map_err(|error| {
                Fault::of(path, format!("{} cannot be read: {error}", whole.display()))
            })?;
            files.push(whole);
            Ok((text, Fault::of(path, "")))
        }
        (Some(_), Some(path)) => {
            Err(Fault::of(path, format!("both `{key}` and `{key}_file` are set; keep one of them")))
        }
        (None, _) => Err(Fault::of(settings, format!("`{key}_file` is missing"))),
    }
}

fn chain(text: &str, at: &Fault) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let wrong = |what: &str| Fault { what: what.to_owned(), ..at.clone() };
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(wrong("there is no certificate in PEM")),
        Err(_) => Err(wrong("the certificates cannot be read: they are no PEM")),
    }
}

/// Returns the versions from `min_version` to `max_version`.
fn versions(tls: &Tls) -> Result<Vec<&'static SupportedProtocolVersion>, Fault> {
    let place = |version: &Option<Spanned<String>>, usual: usize| match version {
        None => Ok(usual),
        Some(version) => VERSIONS.iter().position(|name| *name == version.value).ok_or_else(|| {
            let what =
                format!("`{}` is no version; write one of {}", version.value, VERSIONS.join(", "));
            Fault::of(version, what)
        }),
    };
    let (least, most) = (place(&tls.min_version, 2)?, place(&tls.max_version, 3)?);
    let all = [(2, &TLS12), (3, &TLS13)];
    let wanted = all.into_iter().filter(|(at, _)| (least..=most).contains(at));
    let wanted: Vec<_> = wanted.map(|(_, version)| version).collect();
    match (wanted.is_empty(), &tls.max_version) {
        (true, Some(most)) => Err(Fault::of(most, "only TLS12 and TLS13 are spoken; raise it")),
        _ => Ok(wanted),
    }
}

/// Returns the provider with the suites that the file names, by Go's names; those of TLS 1.3 are always there, as in Go.
fn provider(tls: &Tls) -> Result<CryptoProvider, Fault> {
    let mut provider = ring::default_provider();
    let Some(names) = tls.cipher_suites.as_ref().filter(|names| !names.value.is_empty()) else {
        return Ok(provider);
    };
    let known =
        |name: &String| provider.cipher_suites.iter().any(|suite| go_name(suite.suite()) == *name);
    for name in names.value.iter().filter(|name| !known(name)) {
        if !name.starts_with("TLS_") {
            return Err(Fault::of(names, format!("`{name}` is no cipher suite")));
        }
        tracing::warn!("the cipher suite {name} is not spoken: it is no longer held to be safe");
    }
    provider.cipher_suites.retain(|suite| {
        let name = go_name(suite.suite());
        suite.version() == &TLS13 || names.value.contains(&name)
    });
    Ok(provider)
}

/// Returns a suite's name as Go and the registry of IANA write it.
fn go_name(suite: rustls::CipherSuite) -> String {
    let name = suite.as_str().unwrap_or_default();
    name.replace("TLS13_", "TLS_")
}

/// Returns who looks at the certificates of clients; `None` = nobody asks for one.
fn clients(
    settings: &Spanned<Tls>,
    authority: Option<(String, Fault)>,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, Fault> {
    let kind = settings.value.client_auth_type.as_ref();
    let word = kind.map_or("", |kind| kind.value.as_str());
    let optional = match (word, &authority) {
        ("" | "NoClientCert", None) => return Ok(None),
        ("" | "NoClientCert", Some((_, at))) => {
            let what = "`client_ca_file` has no effect without `client_auth_type: RequireAndVerifyClientCert`; add it, or remove the file";
            return Err(Fault { what: what.to_owned(), ..at.clone() });
        }
        // Whatever is shown is looked at by nobody.
        ("RequestClientCert", _) => return Ok(None),
        ("RequireAnyClientCert", _) => {
            let algorithms = provider.signature_verification_algorithms;
            return Ok(Some(Arc::new(AnyCertificate(algorithms))));
        }
        ("VerifyClientCertIfGiven", _) => true,
        ("RequireAndVerifyClientCert", _) => false,
        (other, _) => {
            let what = format!(
                "`{other}` is no way to look at clients; write NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert"
            );
            return Err(kind.map_or_else(
                || Fault::of(settings, what.clone()),
                |kind| Fault::of(kind, what.clone()),
            ));
        }
    };
    let Some((text, at)) = authority else {
        let what = format!("`{word}` needs `client_ca_file`");
        return Err(kind.map_or_else(
            || Fault::of(settings, what.clone()),
            |kind| Fault::of(kind, what.clone()),
        ));
    };
    let mut roots = RootCertStore::empty();
    for certificate in chain(&text, &at)? {
        roots.add(certificate).map_err(|error| Fault {
            what: format!("the authority's certificate cannot be used: {error}"),
            ..at.clone()
        })?;
    }
    let mut verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    if optional {
        verifier = verifier.allow_unauthenticated();
    }
    verifier.build().map(Some).map_err(|error| Fault {
        what: format!("the authority's certificates cannot be used: {error}"),
        ..at
    })
}

/// Wants a certificate and the key to it, whoever has made it.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

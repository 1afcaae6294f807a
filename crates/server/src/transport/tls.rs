//! TLS as a receiver's `tls_config` wants it.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};
use stentor_integrations::http_config::TlsConfig;

/// Makes rustls' configuration; the error names the setting that cannot be used.
pub(super) fn client_config(config: &TlsConfig) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(config)?)
        .map_err(|error| format!("`min_version` and `max_version` do not fit: {error}"))?;
    let roots = Arc::new(roots(&config.ca)?);
    let verifier: Arc<dyn ServerCertVerifier> = match config.insecure_skip_verify {
        true => Arc::new(Anybody(provider)),
        false => {
            let inner = WebPkiServerVerifier::builder_with_provider(roots, provider);
            let inner = inner.build().map_err(|error| format!("`ca` cannot be used: {error}"))?;
            match config.server_name.as_str() {
                "" => inner,
                name => {
                    let name = ServerName::try_from(name.to_owned())
                        .map_err(|_| format!("`server_name` is no name: {name}"))?;
                    Arc::new(Named { inner, name })
                }
            }
        }
    };
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    if config.cert.is_empty() {
        return Ok(builder.with_no_client_auth());
    }
    let chain = certificates(&config.cert, "cert")?;
    let key = PrivateKeyDer::from_pem_slice(config.key.reveal().as_bytes())
        .map_err(|error| format!("`key` is no private key in PEM: {error}"))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| format!("`cert` and `key` cannot be used: {error}"))
}

fn versions(config: &TlsConfig) -> Result<Vec<&'static SupportedProtocolVersion>, String> {
    let number = |text: &str, absent| match text {
        "" => Ok(absent),
        "TLS10" => Ok(10),
        "TLS11" => Ok(11),
        "TLS12" => Ok(12),
        "TLS13" => Ok(13),
        other => Err(format!("`{other}` is no version of TLS; write TLS12 or TLS13")),
    };
    let (min, max) = (number(&config.min_version, 12)?, number(&config.max_version, 13)?);
    let known = [(12, &rustls::version::TLS12), (13, &rustls::version::TLS13)];
    let fits = known.into_iter().filter(|(number, _)| (min..=max).contains(number));
    let fits: Vec<_> = fits.map(|(_, version)| version).collect();
    match fits.is_empty() {
        true => Err("only TLS 1.2 and 1.3 are spoken; raise `max_version`".to_owned()),
        false => Ok(fits),
    }
}

fn roots(ca: &str) -> Result<RootCertStore, String> {
    if ca.is_empty() {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    }
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca, "ca")? {
        roots.add(certificate).map_err(|error| format!("`ca` cannot be used: {error}"))?;
    }
    Ok(roots)
}

fn certificates(pem: &str, setting: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| format!("`{setting}` is not PEM: {error}"))?;
    if all.is_empty() { Err(format!("`{setting}` holds no certificate")) } else { Ok(all) }
}

/// Takes any certificate, because the plan says so.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Wants a certificate for another name than the one that is connected to.
#[derive(Debug)]
struct Named {
    inner: Arc<WebPkiServerVerifier>,
    name: ServerName<'static>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let name = &self.name;
        self.inner.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

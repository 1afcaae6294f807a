//! `http_config` of a receiver: how its connections are made.

use stentor_domain::plan::Settings;

use crate::outbound::Secret;

/// How the transport makes a receiver's connections. Two that are equal share a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HttpConfig {
    /// Where a token comes from that is sent along; `None` = there is none.
    pub oauth2: Option<Oauth2>,
    /// Whom we trust, and by what we prove who we are.
    pub tls: TlsConfig,
    /// What we go through.
    pub proxy: Proxy,
    /// Whether a redirect is followed.
    pub follow_redirects: bool,
}

/// Client credentials of OAuth 2, RFC 6749 section 4.4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Oauth2 {
    /// Who we are.
    pub client_id: String,
    /// What proves it.
    pub client_secret: Secret,
    /// Where tokens are asked for.
    pub token_url: String,
    /// What the token is for, possibly empty.
    pub scopes: Vec<String>,
    /// Further fields of the request.
    pub endpoint_params: Vec<(String, String)>,
    /// Whom we trust there.
    pub tls: TlsConfig,
    /// What we go through there.
    pub proxy: Proxy,
}

/// TLS of a connection; everything empty means Mozilla's roots and TLS 1.2 or later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsConfig {
    /// Certificates in PEM that are trusted, and no others; empty = Mozilla's roots.
    pub ca: String,
    /// Our certificate and those up to its root, in PEM; empty = none.
    pub cert: String,
    /// The key of our certificate, in PEM.
    pub key: Secret,
    /// The name that the other's certificate has to bear; empty = the one that we connect to.
    pub server_name: String,
    /// Whether any certificate will do.
    pub insecure_skip_verify: bool,
    /// `TLS10` to `TLS13`; empty = TLS 1.2.
    pub min_version: String,
    /// `TLS10` to `TLS13`; empty = TLS 1.3.
    pub max_version: String,
}

/// A proxy between us and the receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// Its address, which may hold a password; empty = none.
    pub url: Secret,
    /// Hosts that are reached without it, separated by commas.
    pub no_proxy: String,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are heeded.
    pub from_environment: bool,
    /// Further headers of the `CONNECT`.
    pub connect_headers: Vec<(String, Secret)>,
}

impl HttpConfig {
    /// Reads `http_config` of a receiver.
    pub fn of(settings: &Settings) -> Self {
        let at = "http_config.";
        let get = |name: &str| settings.get(&format!("{at}{name}"));
        let oauth2 = (!get("oauth2.token_url").is_empty()).then(|| Oauth2 {
            client_id: get("oauth2.client_id").to_owned(),
            client_secret: Secret::new(get("oauth2.client_secret")),
            token_url: get("oauth2.token_url").to_owned(),
            scopes: below(settings, "http_config.oauth2.scopes.").map(|(_, text)| text).collect(),
            endpoint_params: below(settings, "http_config.oauth2.endpoint_params.").collect(),
            tls: TlsConfig::of(settings, "http_config.oauth2.tls_config."),
            proxy: Proxy::of(settings, "http_config.oauth2."),
        });
        Self {
            oauth2,
            tls: TlsConfig::of(settings, "http_config.tls_config."),
            proxy: Proxy::of(settings, at),
            follow_redirects: get("follow_redirects") != "false",
        }
    }
}

impl TlsConfig {
    /// Reads a `tls_config` whose settings begin with `at`, for example `tls_config.`.
    pub fn of(settings: &Settings, at: &str) -> Self {
        let get = |name: &str| settings.get(&format!("{at}{name}")).to_owned();
        Self {
            ca: get("ca"),
            cert: get("cert"),
            key: Secret::new(get("key")),
            server_name: get("server_name"),
            insecure_skip_verify: get("insecure_skip_verify") == "true",
            min_version: get("min_version"),
            max_version: get("max_version"),
        }
    }
}

impl Proxy {
    fn of(settings: &Settings, at: &str) -> Self {
        let get = |name: &str| settings.get(&format!("{at}{name}"));
        let headers = below(settings, &format!("{at}proxy_connect_header."));
        Self {
            url: Secret::new(get("proxy_url")),
            no_proxy: get("no_proxy").to_owned(),
            from_environment: get("proxy_from_environment") == "true",
            connect_headers: headers
                .map(|(key, text)| (without_number(key), Secret::new(text)))
                .collect(),
        }
    }
}

/// Returns what stands below a path; the names without it.
pub(crate) fn below<'a>(
    settings: &'a Settings,
    start: &str,
) -> impl Iterator<Item = (String, String)> + use<'a> {
    let start = start.to_owned();
    let from = settings.0.range(start.clone()..);
    let length = start.len();
    from.take_while(move |(key, _)| key.starts_with(&start))
        .map(move |(key, setting)| (key[length..].to_owned(), setting.value.clone()))
}

/// Returns a header's name of the path of one of its values.
pub(crate) fn without_number(key: String) -> String {
    key.rsplit_once('.').map_or_else(|| key.clone(), |(name, _)| name.to_owned())
}

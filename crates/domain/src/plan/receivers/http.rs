//! `http_config` and `tls_config`: how a request is made.

use super::super::fields::Fields;
use super::super::findings::Findings;
use super::super::{Settings, values};
use super::keys::{Group, Key, Scalar, Type, key, nothing};

/// `http_config`; a receiver's replaces the one of `global` whole.
pub(super) static HTTP: Group = Group { keys: HTTP_KEYS, check: check_http };

const HTTP_KEYS: &[Key] = &[
    key("basic_auth", Type::Map(&BASIC)),
    key("authorization", Type::Map(&AUTHORIZATION)),
    key("oauth2", Type::Map(&OAUTH2)),
    key("bearer_token", Type::One(Scalar::Secret)).or_file("bearer_token_file"),
    key("tls_config", Type::Map(&TLS)),
    key("follow_redirects", Type::One(Scalar::Truth)),
    key("enable_http2", Type::One(Scalar::Truth)),
    key("proxy_url", Type::One(Scalar::Proxy)),
    key("no_proxy", Type::One(Scalar::Text)),
    key("proxy_from_environment", Type::One(Scalar::Truth)),
    key("proxy_connect_header", Type::ProxyHeaders),
    key("http_headers", Type::Headers),
];

static BASIC: Group = Group {
    keys: &[
        key("username", Type::One(Scalar::Text)).or_file("username_file"),
        key("password", Type::One(Scalar::Secret)).or_file("password_file"),
    ],
    check: nothing,
};

static AUTHORIZATION: Group = Group {
    keys: &[
        key("type", Type::One(Scalar::Text)).or("Bearer"),
        key("credentials", Type::One(Scalar::Secret)).or_file("credentials_file"),
    ],
    check: check_authorization,
};

static OAUTH2: Group = Group {
    keys: &[
        key("client_id", Type::One(Scalar::Text)).required(),
        key("client_secret", Type::One(Scalar::Secret)).or_file("client_secret_file"),
        key("scopes", Type::List),
        key("token_url", Type::One(Scalar::Url)).required(),
        key("endpoint_params", Type::Texts),
        key("tls_config", Type::Map(&TLS)),
        key("proxy_url", Type::One(Scalar::Proxy)),
        key("no_proxy", Type::One(Scalar::Text)),
        key("proxy_from_environment", Type::One(Scalar::Truth)),
        key("proxy_connect_header", Type::ProxyHeaders),
    ],
    check: check_proxy,
};

/// `tls_config`; files are kept as what they hold.
pub(super) static TLS: Group = Group {
    keys: &[
        key("ca", Type::One(Scalar::Text)).or_file("ca_file"),
        key("cert", Type::One(Scalar::Text)).or_file("cert_file"),
        key("key", Type::One(Scalar::Secret)).or_file("key_file"),
        key("server_name", Type::One(Scalar::Text)),
        key("insecure_skip_verify", Type::One(Scalar::Truth)),
        key("min_version", Type::One(Scalar::Word(VERSIONS))),
        key("max_version", Type::One(Scalar::Word(VERSIONS))),
    ],
    check: check_tls,
};

const VERSIONS: &[&str] = &["TLS10", "TLS11", "TLS12", "TLS13"];

fn check_http(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    let ways = ["basic_auth", "authorization", "oauth2"];
    let mut given: Vec<&str> = ways.into_iter().filter(|way| fields.has(way)).collect();
    let bearer = ["bearer_token", "bearer_token_file"].into_iter().find(|way| fields.says(way));
    given.extend(bearer);
    if given.len() > 1 {
        let names: Vec<String> = given.iter().map(|way| format!("`{way}`")).collect();
        let what = format!("`http_config` has {}", names.join(" and "));
        out.error(fields.at, what, "keep one of them");
    }
    // The older way to write it.
    let token = settings.0.remove(&format!("{prefix}bearer_token"));
    if let Some(token) = token.filter(|token| !token.value.is_empty()) {
        settings.set(&format!("{prefix}authorization.type"), "Bearer", false);
        settings.set(&format!("{prefix}authorization.credentials"), token.value, true);
    }
    check_proxy(fields, settings, prefix, out);
}

fn check_authorization(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    let name = format!("{prefix}type");
    let kind = settings.get(&name).trim().to_owned();
    if kind.eq_ignore_ascii_case("basic") {
        let what = "an authorization of the type `Basic` has a name and a password";
        out.error(fields.place("type"), what, "write them under `basic_auth` instead");
    }
    settings.set(&name, if kind.is_empty() { "Bearer" } else { &kind }, false);
}

fn check_proxy(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    let set = |name: &str| !settings.get(&format!("{prefix}{name}")).is_empty();
    let from_environment = settings.get(&format!("{prefix}proxy_from_environment")) == "true";
    let mend = "keep one of them";
    if from_environment {
        for key in ["proxy_url", "no_proxy"] {
            if set(key) {
                let what = format!("both `proxy_from_environment` and `{key}` are set");
                out.error(fields.place(key), what, mend);
            }
        }
    } else if !fields.says("proxy_url") {
        for key in ["no_proxy", "proxy_connect_header"] {
            if !fields.is_empty(key) && fields.text(key) != Some("") {
                let what = format!("`{key}` is set, but no proxy is");
                out.error(fields.place(key), what, "add `proxy_url`, or remove it");
            }
        }
    }
}

fn check_tls(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    let ca = settings.get(&format!("{prefix}ca"));
    if !ca.is_empty() && !values::holds_certificate(ca) {
        let key = if fields.says("ca") { "ca" } else { "ca_file" };
        let at = fields.place(key);
        let mend = "put a certificate in PEM there: it begins with `-----BEGIN CERTIFICATE-----`";
        out.error(at, "unable to use specified CA cert: it holds no certificate", mend);
    }
    let cert = fields.says("cert") || fields.says("cert_file");
    let key = fields.says("key") || fields.says("key_file");
    if cert != key {
        let (there, missing) = if cert { ("certificate", "key") } else { ("key", "cert") };
        let what = format!("there is a client's {there} but no `{missing}`");
        let mend = format!("add `{missing}` or `{missing}_file`");
        out.error(fields.at, what, mend);
    }
}

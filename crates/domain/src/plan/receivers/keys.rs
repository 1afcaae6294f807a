//! What a key of `alertmanager.yml` is: the words that the tables beside this file are written in.

use super::super::Settings;
use super::super::fields::Fields;
use super::super::findings::Findings;

/// One key of a group.
#[derive(Clone, Copy)]
pub(in super::super) struct Key {
    pub(in super::super) name: &'static str,
    pub(in super::super) kind: Type,
    /// What it is when nothing is written.
    pub(in super::super) default: Option<&'static str>,
    /// The key of `global` that is asked before the default.
    pub(in super::super) global: Option<&'static str>,
    /// The key that names a file with the value instead.
    pub(in super::super) file: Option<&'static str>,
    /// Whether it may not be missing.
    pub(in super::super) required: bool,
}

/// What may be written under a key.
#[derive(Clone, Copy)]
pub(in super::super) enum Type {
    /// One word or text.
    One(Scalar),
    /// A map from names to texts.
    Texts,
    /// A map from names to templates.
    Templates,
    /// A list of texts.
    List,
    /// A list of templates.
    TemplateList,
    /// A map with its own keys.
    Map(&'static Group),
    /// A list of maps with their own keys.
    Maps(&'static Group),
    /// A template, or a map that has it under the first of its keys.
    TemplateOr(&'static Group),
    /// A list of templates, or a map that has it under the first of its keys.
    ListOr(&'static Group),
    /// Anything; texts in it are templates. Other values than texts are kept as JSON.
    Tree,
    /// A map from headers to `values`, `secrets` and `files`.
    Headers,
    /// A map from headers to lists of secrets.
    ProxyHeaders,
}

/// What one word or text may be.
#[derive(Clone, Copy)]
pub(in super::super) enum Scalar {
    /// Any text.
    Text,
    /// A text with template actions.
    Template,
    /// HTML with template actions.
    Html,
    /// A text that is not shown.
    Secret,
    /// An address of the web.
    Url,
    /// An address of the web that is not shown.
    SecretUrl,
    /// The same, with template actions.
    TemplateUrl,
    /// The address of a proxy, which is not shown.
    Proxy,
    /// A mail server, `host:port`.
    Host,
    /// A mail address, or several, with template actions.
    Mail,
    /// `true` or `false`.
    Truth,
    /// A whole number from 0.
    Whole,
    /// A whole number.
    Integer,
    /// As in `1h30m` or `2w`; kept in seconds.
    Duration,
    /// As Go writes it, as in `1m30s` or `1.5h`; kept in seconds.
    GoDuration,
    /// The same, where a bare number counts nanoseconds.
    Timeout,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Scalar {
    /// Tells whether it is not shown.
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretUrl | Self::TemplateUrl | Self::Proxy)
    }
}

/// Keys that stand in one map.
pub(in super::super) struct Group {
    /// Its keys.
    pub(in super::super) keys: &'static [Key],
    /// What its keys must be to each other.
    pub(in super::super) check: Check,
}

/// Looks at a group that was read; `prefix` stands before its keys in the settings. It may add settings.
pub(in super::super) type Check = fn(&mut Fields<'_>, &mut Settings, &str, &mut Findings<'_>);

/// Nothing more is asked.
pub(super) fn nothing(_: &mut Fields<'_>, _: &mut Settings, _: &str, _: &mut Findings<'_>) {}

/// A kind of integration.
pub(in super::super) struct KindOf {
    /// As the notification log calls it.
    pub(in super::super) name: &'static str,
    /// Where it stands in a receiver.
    pub(in super::super) section: &'static str,
    /// Whether it is told of resolved alerts unless the file says otherwise.
    pub(in super::super) send_resolved: bool,
    /// Its keys.
    pub(in super::super) group: Group,
}

/// A key that may be left out.
pub(super) const fn key(name: &'static str, kind: Type) -> Key {
    Key { name, kind, default: None, global: None, file: None, required: false }
}

/// A template that is empty when it is left out.
pub(super) const fn template(name: &'static str) -> Key {
    key(name, Type::One(Scalar::Template))
}

impl Key {
    /// With this default.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Taken from this key of `global` when it is left out.
    pub(super) const fn else_global(self, global: &'static str) -> Self {
        Self { global: Some(global), ..self }
    }

    /// With a twin that names a file.
    pub(super) const fn or_file(self, file: &'static str) -> Self {
        Self { file: Some(file), ..self }
    }

    /// It may not be missing.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

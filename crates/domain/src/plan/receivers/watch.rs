//! `tracing` and `event_recorder` of `alertmanager.yml`: read for their shape alone.

use super::http::{HTTP, TLS};
use super::keys::{Group, Scalar, Type, key, nothing};

/// `tracing`.
pub(super) static TRACING: Group = Group {
    keys: &[
        key("client_type", Type::One(Scalar::Word(&["http", "grpc"]))),
        key("endpoint", Type::One(Scalar::Text)).required(),
        key("sampling_fraction", Type::One(Scalar::Text)),
        key("insecure", Type::One(Scalar::Truth)),
        key("tls_config", Type::Map(&TLS)),
        key("headers", Type::Headers),
        key("compression", Type::One(Scalar::Word(&["", "gzip"]))),
        key("timeout", Type::One(Scalar::Duration)),
    ],
    check: nothing,
};

/// `event_recorder`.
pub(super) static EVENT_RECORDER: Group =
    Group { keys: &[key("outputs", Type::Maps(&OUTPUT))], check: nothing };

static OUTPUT: Group = Group {
    keys: &[
        key("type", Type::One(Scalar::Word(&["file", "webhook", "kafka", "stdout"]))).required(),
        key("path", Type::One(Scalar::Text)),
        key("url", Type::One(Scalar::SecretUrl)),
        key("http_config", Type::Map(&HTTP)),
        key("timeout", Type::One(Scalar::Duration)),
        key("workers", Type::One(Scalar::Integer)),
        key("max_retries", Type::One(Scalar::Integer)),
        key("retry_backoff", Type::One(Scalar::Duration)),
        key("brokers", Type::List),
        key("topic", Type::One(Scalar::Text)),
        key("client_id", Type::One(Scalar::Text)),
        key("format", Type::One(Scalar::Word(&["", "json", "protobuf"]))),
        key("acks", Type::One(Scalar::Word(&["", "none", "leader", "all"]))),
        key("compression", Type::One(Scalar::Word(&["", "none", "gzip", "snappy", "lz4", "zstd"]))),
        key("buffer_size", Type::One(Scalar::Integer)),
        key("tls_config", Type::Map(&TLS)),
    ],
    check: nothing,
};

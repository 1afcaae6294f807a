//! What Go does, and what has to match it byte for byte: users wrote their files for a program in Go, and receivers
//! compare its bytes.
//!
//! Nothing here knows Alertmanager or the nouns of this product.

pub mod fmt;
pub mod json;
pub mod quote;
pub mod regexp;
pub mod template;
pub mod time;
pub mod url;

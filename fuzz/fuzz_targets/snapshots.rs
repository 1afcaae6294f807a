//! The files that Alertmanager leaves: any bytes are read, or refused with a place that lies in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stentor_integrations::snapshot;

fuzz_target!(|bytes: &[u8]| {
    if let Err(damaged) = snapshot::silences(bytes) {
        assert!(damaged.at < bytes.len());
    }
    if let Err(damaged) = snapshot::notified(bytes) {
        assert!(damaged.at < bytes.len());
    }
});

//! What Prometheus posts: any body is refused, or every alert of it is read or has its own reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stentor_integrations::inbound::alertmanager;

fuzz_target!(|body: &[u8]| {
    let _ = alertmanager::read(body);
});

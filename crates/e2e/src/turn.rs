//! Whose turn it is: the machine has few processors, and some tests need them all.

use std::future::Future;
use std::sync::{PoisonError, RwLock};

static TURN: RwLock<()> = RwLock::new(());

/// Runs a test while no other one runs.
pub fn alone<T>(test: impl Future<Output = T>) -> T {
    // A test that panicked has left nothing behind that this one could stumble over.
    let _turn = TURN.write().unwrap_or_else(PoisonError::into_inner);
    run(test)
}

/// Runs a test beside others of its kind.
pub fn beside<T>(test: impl Future<Output = T>) -> T {
    let _turn = TURN.read().unwrap_or_else(PoisonError::into_inner);
    run(test)
}

fn run<T>(test: impl Future<Output = T>) -> T {
    // One provider of cryptography for the process; a second call is refused, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be started").block_on(test)
}

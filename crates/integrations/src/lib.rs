//! Pure translation between Stentor and the tools around it.
//!
//! [`inbound`] turns the bytes of a sender into signals, [`outbound`] turns a message into a request and the answer
//! into an outcome. Nothing here opens a connection or reads a clock: the server's transport does the network,
//! and every sender and channel is tested by files in `testdata/`.

pub mod address;
pub mod http_config;
pub mod inbound;
pub mod outbound;
pub mod snapshot;

#[cfg(test)]
mod tests;

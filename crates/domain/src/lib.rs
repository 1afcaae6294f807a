//! What Stentor decides: values in, values out.
//!
//! Nothing here performs I/O, reads a clock or draws a random number: `now` and [`id::Ids`] are arguments.
//! Nouns never call each other; [`flow`] alone says which event causes which input.

pub mod alert;
pub mod delivery;
pub mod escalation;
pub mod explain;
pub mod flow;
pub mod group;
pub mod id;
pub mod incident;
pub mod inhibition;
pub mod interval;
pub mod labels;
pub mod matchers;
pub mod message;
pub mod page;
pub mod plan;
pub mod review;
pub mod routing;
pub mod schedule;
pub mod severity;
pub mod silence;
pub mod standing;
pub mod template;
pub mod timeline;

#[cfg(test)]
mod tests;

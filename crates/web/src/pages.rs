//! The pages as values: one struct for each template, filled by the handlers, rendered by askama.
//!
//! A view holds what is already decided, so a template has no rule of the product in it. Each has a
//! `sample()`; [`sample::all`] renders them all, for the tests and for `examples/render_samples.rs`.

pub mod account;
pub mod address;
pub mod alert;
pub mod chart;
pub mod error;
pub mod group;
pub mod history;
pub mod incident;
pub mod layout;
pub mod link;
pub mod now;
pub mod oncall;
pub mod page;
pub mod people;
pub mod plan;
pub mod postmortem;
pub mod rota;
pub mod route;
pub mod sample;
pub mod settings;
pub mod silence;
pub mod state;
pub mod time;

#[cfg(test)]
mod tests;

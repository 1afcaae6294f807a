//! Scenarios: what happens over hours to one alert or many, through every noun and `flow`.

pub(crate) mod plan;
mod scenarios;
mod world;

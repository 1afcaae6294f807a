//! The program as its users start it: real processes, loopback only.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod plan_check;
#[cfg(test)]
mod silences;

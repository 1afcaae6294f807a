//! The proof: the real binary with real tools, from the alert to the postmortem.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests note what the clock says when something happens"
)]

mod amtool;
mod bad_requests;
mod command_line;
mod differential;
mod disk_full;
mod killed;
mod links;
mod live_page;
mod plan_reload;
mod plans;
mod stopped;
mod templates;
mod the_road;

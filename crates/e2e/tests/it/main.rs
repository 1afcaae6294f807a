//! The proof: the real binary with real tools, from the alert to the postmortem.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests note what the clock says when something happens"
)]

mod alert_pages;
mod amtool;
mod amtool_beside;
mod amtool_config_beside;
mod api_beside;
mod bad_requests;
mod clustered;
mod command_line;
mod configs;
mod differential;
mod disk_full;
mod in_place;
mod killed;
mod killed_under_load;
mod links;
mod live_page;
mod moved;
mod plan_reload;
mod plans;
mod receivers_beside;
mod stopped;
mod tables;
mod templates;
mod the_road;

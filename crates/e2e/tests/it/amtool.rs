//! Debian's amtool works against Stentor as against its own server.

use std::process::Command;

use stentor_e2e::process::{Ended, run};
use stentor_e2e::server::Server;
use stentor_e2e::sink::Sink;
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;

use crate::plans;

fn amtool(server: &Server, args: &[&str]) -> Ended {
    let mut command = Command::new("/usr/bin/amtool");
    command.arg(format!("--alertmanager.url={}", server.url)).args(args);
    run(&mut command, "prometheus-alertmanager")
}

#[test]
fn amtool_adds_and_queries_alerts() {
    beside(async {
        let sink = Sink::start(vec![]).await;
        let mut site = Site::new(plans::NOBODY_PAGED, &plans::to_webhook(sink.port));
        let server = site.start().await;

        let none = amtool(&server, &["alert", "query"]);
        assert_eq!((none.code, none.err.as_str()), (0, ""), "{}", none.out);

        let annotation = "--annotation=summary=The disk of db-1 is full";
        let labels = ["alertname=DiskFull", "severity=critical", "instance=db-1"];
        let added = amtool(&server, &[&["alert", "add", annotation], &labels[..]].concat());
        assert_eq!((added.code, added.err.as_str()), (0, ""), "{}", added.out);

        let found = amtool(&server, &["alert", "query"]);
        assert_eq!((found.code, found.err.as_str()), (0, ""), "{}", found.out);
        let row = found.out.lines().find(|line| line.starts_with("DiskFull "));
        let row = row.unwrap_or_else(|| panic!("no row in {}", found.out));
        assert!(row.contains("The disk of db-1 is full") && row.contains("active"), "{row}");

        let told =
            until("the webhook is told", 10, async || sink.received().first().cloned()).await;
        assert_eq!(told["commonLabels"]["instance"], "db-1", "{told}");

        let json = amtool(&server, &["--output=json", "alert", "query", "instance=~\"db-.*\""]);
        assert_eq!((json.code, json.err.as_str()), (0, ""), "{}", json.out);
        assert!(json.out.contains("\"alertname\":\"DiskFull\""), "{}", json.out);
        let other = amtool(&server, &["--output=json", "alert", "query", "instance=web-1"]);
        assert_eq!((other.code, other.out.trim()), (0, "[]"), "{}", other.err);

        let wrong = amtool(&server, &["alert", "query", "instance=~\"(\""]);
        assert_eq!(wrong.code, 1, "{}{}", wrong.out, wrong.err);
    });
}

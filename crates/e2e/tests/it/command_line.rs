//! The command line against a live server: what scripts rest on.

use serde_json::Value;
use stentor_e2e::process::{Ended, run};
use stentor_e2e::server::Server;
use stentor_e2e::site::{Site, stentor};
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;

use crate::plans;

async fn start() -> (Site, Server) {
    let mut site = Site::new(&plans::paging(9, plans::today()), plans::TO_PLATFORM);
    let server = site.start().await;
    (site, server)
}

fn done(ended: &Ended) -> &str {
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    ended.out.trim_end()
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(done(ended)).unwrap_or_else(|error| panic!("{error}: {}", ended.out))
}

#[test]
fn pages_are_listed_and_acknowledged() {
    beside(async {
        let (_site, server) = start().await;
        let sent = server.cli(&[
            "alert",
            "send",
            "alertname=DiskFull",
            "severity=critical",
            "instance=db-1",
        ]);
        done(&sent);
        until("there is a page", 10, async || server.items("/api/v1/pages").await.pop()).await;

        let list = server.cli(&["page", "list", "--state", "triggered"]);
        assert!(done(&list).contains("DiskFull"), "{list:?}");
        let items = json(&server.cli(&["page", "list", "--output", "json"]));
        let id = items["items"][0]["id"].as_str().expect("a page has an id");
        let acknowledged = server.cli(&["page", "ack", id]);
        assert!(done(&acknowledged).starts_with("Acknowledged: "), "{acknowledged:?}");
        assert_eq!(server.cli(&["page", "ack", id]).code, 1, "it is acknowledged already");
        assert_eq!(server.json(&format!("/api/v1/pages/{id}")).await["state"], "acknowledged");
        let open = server.cli(&["page", "list", "--open"]);
        assert!(done(&open).contains("acknowledged"), "{open:?}");
        let alerts = server.cli(&["alert", "list", "--state", "firing"]);
        assert!(done(&alerts).contains("DiskFull"), "{alerts:?}");
        done(&server.cli(&["page", "resolve", id]));
        done(&server.cli(&["page", "show", id]));
        assert_eq!(server.cli(&["page", "ack", id]).code, 1, "it is resolved");
        assert_eq!(server.cli(&["page", "ack", "page_x"]).code, 3, "there is no such page");
    });
}

#[test]
fn an_incident_is_led_to_its_postmortem() {
    beside(async {
        let (_site, server) = start().await;
        let declared =
            server.cli(&["incident", "declare", "Checkout API outage", "--severity", "sev1"]);
        assert_eq!(done(&declared), "Declared: INC-1");
        done(&server.cli(&["incident", "note", "1", "The pool is at its limit"]));
        done(&server.cli(&["incident", "decision", "INC-1", "We raise the limit now"]));
        done(&server.cli(&["incident", "role", "1", "commander", "bob"]));
        done(&server.cli(&["incident", "state", "1", "identified"]));
        assert_eq!(
            server.cli(&["incident", "state", "1", "identified"]).code,
            1,
            "it is that already"
        );
        done(&server.cli(&["incident", "state", "1", "resolved"]));
        let incident = server.json("/api/v1/incidents/INC-1").await;
        assert_eq!(incident["state"], "resolved", "{incident}");
        assert_eq!(incident["roles"]["commander"]["person"], "bob", "{incident}");

        let action_items = "- [x] Add connection pool alerts\n- [ ] Auto-scale the database";
        done(&server.cli(&[
            "postmortem",
            "edit",
            "1",
            "--section",
            "action-items",
            "--text",
            action_items,
        ]));
        let shown = server.cli(&["postmortem", "show", "1"]);
        let markdown = done(&shown);
        assert!(markdown.starts_with("# Post-Incident Review: Checkout API outage"), "{markdown}");
        assert!(markdown.contains(&format!("## Action Items\n\n{action_items}\n")), "{markdown}");
        assert!(markdown.contains("The pool is at its limit"), "{markdown}");
        let list = server.cli(&["incident", "list"]);
        assert!(done(&list).contains("INC-1"), "{list:?}");
        let open = server.cli(&["incident", "list", "--open"]);
        assert!(!done(&open).contains("INC-1"), "{open:?}");
        assert_eq!(server.cli(&["incident", "show", "99"]).code, 3);
    });
}

#[test]
fn tokens_are_made_and_revoked() {
    beside(async {
        let (_site, mut server) = start().await;
        let made = server.cli(&["token", "create", "eyes", "--scope", "read"]);
        let secret = done(&made).to_owned();
        assert!(
            !secret.contains(char::is_whitespace),
            "on the standard output is the secret alone"
        );
        let tokens = json(&server.cli(&["token", "list", "--output", "json"]));
        let tokens = tokens["items"].as_array().expect("a list has items");
        let token = tokens.iter().find(|token| token["name"] == "eyes").expect("it is listed");
        assert!(!tokens.iter().any(|token| token.to_string().contains(&secret)));
        let id = token["id"].as_str().expect("a token has an id").to_owned();

        let admin = std::mem::replace(&mut server.token, secret);
        done(&server.cli(&["page", "list"]));
        let refused = server.cli(&["incident", "declare", "Nothing", "--severity", "sev4"]);
        assert_eq!(refused.code, 4, "{refused:?}");
        let secret = std::mem::replace(&mut server.token, admin);
        done(&server.cli(&["token", "revoke", &id]));
        server.token = secret;
        assert_eq!(server.cli(&["page", "list"]).code, 4, "it is revoked");
    });
}

#[test]
fn the_rest_of_the_commands_answer() {
    beside(async {
        let (site, mut server) = start().await;
        let on_call = server.cli(&["oncall"]);
        assert!(done(&on_call).contains("Alice Ops"), "{on_call:?}");
        assert!(done(&server.cli(&["plan", "show"])).contains("Revision"));
        done(&server.cli(&["plan", "revisions"]));
        assert!(done(&server.cli(&["version"])).starts_with("stentor "));
        for shell in ["bash", "zsh", "fish"] {
            assert!(done(&server.cli(&["completions", shell])).contains("postmortem"));
        }
        assert_eq!(server.cli(&["page", "lst"]).code, 2, "wrong usage");

        let plan = site.plan();
        let check = || run(stentor().args(["plan", "check"]).arg(&plan), "");
        done(&check());
        site.write_plan("alertmanager.yml", &plans::TO_PLATFORM.replacen("platform", "nobody", 1));
        let bad = check();
        assert_eq!(bad.code, 1, "{bad:?}");
        assert!(bad.out.contains("alertmanager.yml:3:13: "), "{bad:?}");
        assert_eq!(run(stentor().args(["plan", "check", "/nowhere"]), "").code, 3);

        server.process.kill();
        assert_eq!(server.cli(&["page", "list"]).code, 5, "the server cannot be reached");
    });
}

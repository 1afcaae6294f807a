//! A changed plan is put in force by itself; a bad one is refused, and says so everywhere.

use std::time::Instant;

use stentor_e2e::server::Server;
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;

use crate::plans;

/// A changed plan is in force within this many seconds.
const WITHIN_S: u64 = 5;

/// After SIGHUP it does not wait for the next look at the folder.
const AT_ONCE_MS: u128 = 1_500;

async fn reloaded(server: &Server) -> Option<f64> {
    server.metric("stentor_plan_last_reload_successful").await
}

#[test]
fn a_bad_plan_is_refused_and_the_old_one_stays_in_force() {
    beside(async {
        let good = plans::paging(9, plans::today());
        let mut site = Site::new(&good, plans::TO_PLATFORM);
        let server = site.start().await;
        let before = server.json("/api/v1/plan").await;
        assert_eq!(before["refused"], serde_json::Value::Null, "{before}");
        assert_eq!(reloaded(&server).await, Some(1.0));

        // Line 2 names a receiver that there is not.
        site.write_plan(
            "alertmanager.yml",
            &plans::TO_PLATFORM.replacen("receiver: platform", "receiver: platfrom", 1),
        );
        let refused = until("the bad plan is refused", WITHIN_S, async || {
            let plan = server.json("/api/v1/plan").await;
            (!plan["refused"].is_null()).then_some(plan)
        })
        .await;
        let problem = &refused["refused"]["problems"][0];
        assert_eq!(problem["file"], "alertmanager.yml", "{refused}");
        assert_eq!((problem["line"].as_u64(), problem["column"].as_u64()), (Some(3), Some(13)));
        assert_eq!(refused["number"], before["number"]);
        assert_eq!(reloaded(&server).await, Some(0.0));
        let said = server.process.said();
        assert!(said.contains("alertmanager.yml:3:13: "), "{said}");

        // The old plan still routes.
        server.fire(&[("alertname", "StillRouted"), ("severity", "warning")]).await;
        until("the old plan pages", 10, async || server.items("/api/v1/pages").await.pop()).await;

        site.write_plan("alertmanager.yml", &plans::TO_PLATFORM.replace("4h", "5h"));
        let mended = until("the mended plan is in force", WITHIN_S, async || {
            let plan = server.json("/api/v1/plan").await;
            plan["refused"].is_null().then_some(plan)
        })
        .await;
        assert_eq!(mended["number"].as_i64(), before["number"].as_i64().map(|number| number + 1));
        assert_eq!(reloaded(&server).await, Some(1.0));
    });
}

#[test]
fn sighup_puts_a_plan_in_force_at_once() {
    beside(async {
        let mut site = Site::new(&plans::paging(9, plans::today()), plans::TO_PLATFORM);
        let server = site.start().await;
        // The folder is looked at every two seconds: at least one of a few changes would be late without the signal.
        for hours in 5..9 {
            site.write_plan(
                "alertmanager.yml",
                &plans::TO_PLATFORM.replace("4h", &format!("{hours}h")),
            );
            let began = Instant::now();
            server.process.signal("HUP");
            until("the changed plan is in force", WITHIN_S, async || {
                let number = server.json("/api/v1/plan").await["number"].as_i64();
                (number == Some(hours - 3)).then_some(())
            })
            .await;
            let took_ms = began.elapsed().as_millis();
            assert!(took_ms < AT_ONCE_MS, "it took {took_ms} ms");
        }
    });
}

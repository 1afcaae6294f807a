//! The history is found whole, however far back a filter has to look.

use axum::http::StatusCode;

use super::TestApp;
use crate::auth::{Role, Scope};

/// An ended firing of `Sought`, and so many of `Other` after it.
fn history(count: u32) -> TestApp {
    let app = TestApp::new();
    let doc = |name: &str| {
        format!(r#"{{"labels":{{"alertname":"{name}"}},"annotations":{{}},"groups":[]}}"#)
    };
    for (name, count) in [("Sought", 1), ("Other", count)] {
        let sql = format!(
            "insert into episodes (fingerprint, name, started_at, ended_at, doc)
             with recursive n (i) as (select 1 union all select i + 1 from n where i < {count})
             select 1, '{name}', 0, 1767603600000000 + i, '{}' from n",
            doc(name)
        );
        app.engine().db().execute(&sql, &[]).unwrap();
    }
    app
}

/// Returns the address behind `Older`.
fn older(page: &str) -> Option<String> {
    let at = page.find("href=\"/history?filter=")? + 6;
    let end = page[at..].find('"')? + at;
    Some(page[at..end].replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn a_page_says_how_far_it_looked_and_the_next_goes_on_there() {
    for (others, pages) in [(9_000, 1), (10_001, 2), (20_500, 3)] {
        let app = history(others);
        let reader = app.account("ana", Role::Viewer);
        let mut address = "/history?filter=alertname%3DSought".to_owned();
        for number in 1..=pages {
            let reply = app.get(&reader, &address).await;
            assert_eq!(reply.status, StatusCode::OK);
            let is_last = number == pages;
            assert_eq!(reply.body.contains("Sought</a>"), is_last, "{others} {number}");
            assert_eq!(reply.body.contains("Searched back to"), !is_last, "{others} {number}");
            match older(&reply.body) {
                Some(next) => address = next,
                None => assert!(is_last, "{others} {number}"),
            }
        }
    }
}

#[tokio::test]
async fn a_list_that_stopped_early_goes_on() {
    let app = history(50_500);
    let token = app.token("reader", &[Scope::Read]);
    let path = "/api/v1/history?filter=alertname%3DSought";
    let first = app.get(&token, path).await.value();
    assert_eq!(first["items"].as_array().unwrap().len(), 0);
    let next = first["next"].as_str().unwrap();
    let second = app.get(&token, &format!("{path}&after={next}")).await.value();
    assert_eq!(second["items"][0]["labels"]["alertname"], "Sought");
    assert_eq!(second["next"], serde_json::Value::Null);
}

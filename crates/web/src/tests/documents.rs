//! The OpenAPI document: it is what the routes are, and it changes only on purpose.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::StatusCode;

use super::TestApp;
use super::access::methods;
use super::app::As;
use crate::api::openapi;
use crate::auth::Permission;

/// The API v1 of Alertmanager, which answers that it is gone.
const GONE: [&str; 5] = [
    "POST /api/v1/alerts Public",
    "/api/v1/status Public",
    "/api/v1/receivers Public",
    "/api/v1/alerts/groups Public",
    "/api/v1/silence/{id} Public",
];

/// Returns `GET /api/v1/pages Read` for every operation of the document.
fn documented() -> BTreeSet<String> {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let permission = match operation["security"][0]["token"][0].as_str() {
                Some("read") => Permission::Read,
                Some("respond") if operation["tags"][0] == "silences" => Permission::Silence,
                Some("respond") => Permission::Respond,
                Some("admin") => Permission::Administer,
                other => panic!("{method} {path} needs {other:?}"),
            };
            found.insert(format!("{} {path} {permission:?}", method.to_uppercase()));
        }
    }
    found
}

#[tokio::test]
async fn the_document_has_every_route_and_no_other() {
    let app = TestApp::new();
    let routes = crate::routes(&app.app);
    let mut declared = BTreeSet::new();
    for ((path, permission), methods_of) in routes.declared().iter().zip(&routes.unguarded) {
        if !path.starts_with("/api/v1/") {
            continue;
        }
        for method in methods(&app.app, methods_of).await {
            let line = format!("{method} {path} {permission:?}");
            let gone = GONE.iter().any(|gone| line == *gone || line.ends_with(&format!(" {gone}")));
            if !gone {
                declared.insert(line);
            }
        }
    }
    let documented = documented();
    let missing: Vec<_> = declared.difference(&documented).collect();
    let stale: Vec<_> = documented.difference(&declared).collect();
    assert!(missing.is_empty() && stale.is_empty(), "missing {missing:?}, stale {stale:?}");
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_goes_wrong() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(name.contains('_'), "{name} is no verb_noun");
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert!(problem.is_object(), "{method} {path} does not say what goes wrong");
        }
    }
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_checked_in_document_is_the_one_that_is_served() {
    let app = TestApp::new();
    let reply = app.get(&As::Anonymous, "/api/openapi.json").await;
    assert_eq!(reply.status, StatusCode::OK);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/openapi.json");
    #[expect(clippy::disallowed_methods, reason = "tests have no command line to read it from")]
    let update = std::env::var("UPDATE").is_ok();
    if update {
        std::fs::write(&file, format!("{}\n", reply.body)).unwrap();
    }
    let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        checked_in.trim_end() == reply.body,
        "docs/reference/openapi.json is not what the handlers say; look at what changed, then run this with UPDATE=1"
    );
}

//! The document of the API: OpenAPI 3.1, derived from the handlers.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{
    accounts, alerts, channels, deliveries, explain, history, incidents, oncall, pages, people,
    plan, postmortems, receivers, silences, status, tokens,
};
use crate::auth::Permission;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Public, "/api/openapi.json", get(show_openapi))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Stentor",
        description = "Incident management, from alert to postmortem.\n\nLists come under `items`; `next` is what to \
            send as `after` to see what follows. Times are RFC 3339 in UTC. What goes wrong is answered as problem \
            JSON, RFC 9457, with the `field` that is to blame. A parameter or field that is not known is refused.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    paths(
        alerts::list_alerts,
        alerts::show_alert,
        explain::explain_alert,
        explain::test_routes,
        history::show_history,
        history::list_history,
        silences::list_silences,
        silences::set_silence,
        silences::preview_silence,
        silences::show_silence,
        silences::expire_silence,
        silences::extend_silence,
        silences::comment_silence,
        pages::list_pages,
        pages::create_page,
        pages::show_page,
        pages::acknowledge_page,
        pages::resolve_page,
        deliveries::list_deliveries,
        deliveries::show_delivery,
        incidents::list_incidents,
        incidents::declare_incident,
        incidents::show_incident,
        incidents::create_timeline_entry,
        incidents::move_incident,
        incidents::rate_incident,
        incidents::assign_role,
        postmortems::show_postmortem,
        postmortems::update_postmortem,
        oncall::list_oncall,
        oncall::list_shifts,
        plan::show_plan,
        plan::list_plan_revisions,
        people::list_people,
        tokens::list_tokens,
        tokens::create_token,
        tokens::revoke_token,
        accounts::list_accounts,
        accounts::create_account,
        accounts::update_account,
        channels::test_channel,
        receivers::test_receiver,
        status::show_me,
        status::show_version,
    ),
    components(schemas(crate::error::Problem)),
    modifiers(&Common)
)]
struct Api;

/// What every operation has in common.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        components
            .add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        for item in document.paths.paths.values_mut() {
            let operations =
                [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            operations.into_iter().flatten().for_each(add_problem);
        }
    }
}

fn add_problem(operation: &mut Operation) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("What went wrong")
        .content("application/problem+json", content);
    operation.responses.responses.insert("default".to_owned(), problem.into());
}

/// Returns the document.
pub(crate) fn document() -> Document {
    Api::openapi()
}

static TEXT: LazyLock<String> =
    LazyLock::new(|| document().to_pretty_json().expect("the document is plain text and numbers"));

async fn show_openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

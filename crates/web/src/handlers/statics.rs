//! The files that pages refer to: cached for ever under the address that names their content.

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::assets::{self, Asset};
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Public, "/static/{*path}", get(show_file))
}

async fn show_file(
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let asset = assets::find(&path).ok_or_else(|| Error::not_found("file"))?;
    let Asset { bytes, content_type, hash, .. } = asset;
    let named = query.as_deref().and_then(|query| query.strip_prefix("v=")) == Some(hash);
    let cache = if named { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{hash}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let common = [(header::CACHE_CONTROL, cache.to_owned()), (header::ETAG, tag.clone())];
    if known.is_some_and(|known| known.contains(&tag)) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    Ok((common, [(header::CONTENT_TYPE, *content_type)], *bytes).into_response())
}

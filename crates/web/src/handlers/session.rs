//! Sessions: beginning and ending one, and the cookie between.

use jiff::SignedDuration;
use stentor_domain::id::AccountId;
use stentor_store::sessions::Session;

use super::frame::Frame;
use crate::auth::{self, SESSION_COOKIE};

/// A session ends after this time, however much it was used.
const SESSION_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Makes a session that is not stored yet, and the cookie that carries its secret.
pub(super) fn begin(frame: &Frame, account_id: AccountId) -> (Session, String) {
    let secret = frame.app.secret();
    let session = Session {
        token_hash: auth::hash(&secret),
        account_id,
        csrf: frame.app.secret(),
        created_at: frame.now,
        seen_at: frame.now,
        expires_at: frame.now + SESSION_FOR,
    };
    let cookie = cookie(frame, &secret, SESSION_FOR.as_secs());
    (session, cookie)
}

/// Returns the cookie that makes the browser forget its session.
pub(super) fn ended(frame: &Frame) -> String {
    cookie(frame, "", 0)
}

fn cookie(frame: &Frame, secret: &str, seconds: i64) -> String {
    let secure = if frame.external_url().starts_with("https://") { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={secret}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}")
}

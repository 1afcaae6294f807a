//! Settings: the reader's own account, and the channels of the plan.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use stentor_domain::delivery::{self, Delivery};
use stentor_engine::Input;
use stentor_store::accounts::{self, Account};
use stentor_store::audit::{self, Deed};
use stentor_store::{deliveries, sessions, tokens as stored};

use super::form::{Checked, Form};
use super::frame::{Frame, THEME_COOKIE, html};
use super::limits::{From, Guesses};
use super::{account, contact, flash, session, tokens};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::account::Typed;
use crate::pages::layout::{Section, Theme};
use crate::pages::settings::{Channel, ChannelResult, SettingsShow};
use crate::routes::Routes;

/// So many deliveries are looked through for the last one over each channel.
const DELIVERIES_SEARCHED: i64 = 300;

/// The theme is remembered for a year.
const THEME_SECONDS: u32 = 365 * 24 * 3600;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .on(Permission::OwnAccount, "/settings", get(show_settings))
        .on(Permission::OwnAccount, "/settings/theme", post(choose_theme))
        .on(Permission::OwnAccount, "/settings/password", post(change_password))
        .on(Permission::OwnAccount, "/settings/sign-out-everywhere", post(sign_out_everywhere))
        .on(Permission::Administer, "/settings/channels/{name}/test", post(test_channel))
}

async fn show_settings(frame: Frame) -> Result<Response, Error> {
    Ok(html(&view(&frame, None).await?))
}

/// Returns the page, with a token that was just made.
pub(super) async fn view(frame: &Frame, new_token: Option<String>) -> Result<SettingsShow, Error> {
    let is_admin = frame.allows(Permission::Administer);
    let (layout, (found, sent)) = frame
        .read(Section::Settings, move |from| {
            let limit = if is_admin { tokens::TOKENS_MAX } else { 0 };
            let filter = deliveries::Filter::default();
            let sent = deliveries::list(from.db, &filter, DELIVERIES_SEARCHED)?;
            Ok((stored::list(from.db, None, limit)?, sent))
        })
        .await?;
    Ok(SettingsShow {
        layout,
        tokens: found.into_iter().filter_map(tokens::line).collect(),
        scopes: tokens::scopes(),
        new_token,
        channels: channels(frame, &sent),
        problem: None,
    })
}

fn channels(frame: &Frame, sent: &[Delivery]) -> Vec<Channel> {
    let channels = frame.plan().channels.iter();
    let channel = |(name, channel): (&String, &stentor_domain::plan::Channel)| Channel {
        name: name.clone(),
        kind: channel.kind.clone(),
        target: contact::target(channel),
        last: sent.iter().find_map(|delivery| last(delivery, name)),
    };
    channels.map(channel).collect()
}

/// Returns what came of a delivery, if it went over the channel and something did.
fn last(it: &Delivery, channel: &str) -> Option<ChannelResult> {
    let of_channel = match &it.about {
        delivery::About::Person { channel: used, .. } | delivery::About::Test { channel: used } => {
            used == channel
        }
        delivery::About::Receiver { .. } | delivery::About::TestReceiver { .. } => false,
    };
    let ok = match it.state {
        delivery::State::Sent => true,
        delivery::State::Failed => false,
        delivery::State::Queued | delivery::State::Sending | delivery::State::Cancelled => {
            return None;
        }
    };
    of_channel.then(|| ChannelResult { ok, answer: it.detail.clone(), at: it.created_at })
}

async fn choose_theme(Checked(form): Checked) -> Response {
    let theme = Theme::from_key(form.text("theme")).key();
    let cookie =
        format!("{THEME_COOKIE}={theme}; HttpOnly; SameSite=Lax; Path=/; Max-Age={THEME_SECONDS}");
    flash::with_cookie(flash::see_other("/settings"), &cookie)
}

async fn change_password(
    frame: Frame,
    Extension(guesses): Extension<Arc<Guesses>>,
    From(from): From,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let session = frame.session()?.clone();
    guesses.count(&from, &session.login, frame.now)?;
    let found = frame.app.read(move |db| accounts::by_id(db, session.account)).await?;
    let account = found.ok_or_else(|| Error::not_found("account"))?;
    let current = form.raw("current").to_owned();
    if !account::verified(current, Some(&account)).await? {
        return Ok(flash::refused("/settings", "The current password is wrong."));
    }
    guesses.forgive(&from, &account.login);
    match with_password(&form, account).await {
        Ok(account) => {
            let text = "The password is changed; other sessions have ended.";
            begin_anew(&frame, Some(account), "change password", text).await
        }
        Err(error) => Ok(flash::refused("/settings", error.detail)),
    }
}

async fn with_password(form: &Form, account: Account) -> Result<Account, Error> {
    let Account { login, name, email, .. } = account.clone();
    let password =
        account::new_password(form, &Typed { login, name, email, email_is_fixed: true })?;
    Ok(Account { password_hash: Some(account::hashed(password).await?), ..account })
}

async fn sign_out_everywhere(frame: Frame, Checked(_): Checked) -> Result<Response, Error> {
    let text = "Every other session has ended.";
    begin_anew(&frame, None, "sign out everywhere", text).await
}

/// Saves the account if it changed, ends all its sessions, and begins a new one for this browser.
async fn begin_anew(
    frame: &Frame,
    changed: Option<Account>,
    action: &'static str,
    text: &str,
) -> Result<Response, Error> {
    let id = frame.session()?.account;
    let actor = frame.audit_name();
    let (session, cookie) = session::begin(frame, id);
    let record = frame.app.desk.record(move |db, at| {
        if let Some(account) = changed {
            accounts::save(db, &account)?;
        }
        sessions::delete_of(db, id)?;
        sessions::insert(db, &session)?;
        let object = id.to_string();
        audit::append(db, &Deed { at, actor: &actor, action, object: &object, detail: "" })
    });
    record.await?;
    Ok(flash::with_cookie(flash::done("/settings", text), &cookie))
}

async fn test_channel(
    frame: Frame,
    Path(name): Path<String>,
    Checked(_): Checked,
) -> Result<Response, Error> {
    let by = frame.session()?.name.clone();
    let text = format!("A test is on its way over {name}; what came of it is shown here.");
    let object = format!("channel {name}");
    let input = Input::TestChannel { channel: name, by };
    let answer = frame.decide("test", &object, input).await?;
    flash::answered("/settings", &answer, frame.plan(), text)
}

//! What somebody says of themselves when they make or take over an account.

use stentor_store::accounts::Account;
use tokio::sync::Semaphore;

use super::form::Form;
use crate::auth::password;
use crate::error::Error;
use crate::pages::account::Typed;

/// A login has at most this many characters.
pub(super) const LOGIN_LENGTH_MAX: usize = 64;

/// A name has at most this many characters.
const NAME_LENGTH_MAX: usize = 100;

/// A mail address has at most this many characters.
const EMAIL_LENGTH_MAX: usize = 254;

/// Reads who somebody wants to be.
pub(super) fn read(form: &Form) -> Result<Typed, Error> {
    let login = form.line("login", "The login", LOGIN_LENGTH_MAX)?;
    let typed = Typed { login, name: name(form)?, email: email(form)?, email_is_fixed: false };
    if !is_login(&typed.login) {
        let why = "A login has small letters, digits, dots, hyphens and underscores, and begins with a letter or digit.";
        return Err(Error::invalid("login", why));
    }
    Ok(typed)
}

/// Returns what was typed as it was, for a form that comes back.
pub(super) fn typed(form: &Form) -> Typed {
    let text = |name: &str| form.text(name).to_owned();
    Typed { login: text("login"), name: text("name"), email: text("email"), email_is_fixed: false }
}

/// Reads a name.
pub(super) fn name(form: &Form) -> Result<String, Error> {
    form.line("name", "The name", NAME_LENGTH_MAX)
}

/// Reads a mail address, as far as a look can tell that it is one.
pub(super) fn email(form: &Form) -> Result<String, Error> {
    let email = form.line("email", "The mail address", EMAIL_LENGTH_MAX)?;
    let whole =
        email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    if !whole || email.contains(char::is_whitespace) {
        return Err(Error::invalid("email", "This is no mail address."));
    }
    Ok(email)
}

/// Reads a new password, typed twice, that `of` may have.
pub(super) fn new_password(form: &Form, of: &Typed) -> Result<String, Error> {
    let password = form.raw("password");
    password::check(password, &of.login, &of.email)?;
    if password != form.raw("confirm") {
        return Err(Error::invalid("confirm", "The two passwords differ."));
    }
    Ok(password.to_owned())
}

/// Hashes a password on a thread that may block.
pub(super) async fn hashed(password: String) -> Result<String, Error> {
    in_turn(move || password::hash(&password)).await?
}

/// Tells on a thread that may block whether a password is the account's; false, in the same time, without an account.
pub(super) async fn verified(password: String, account: Option<&Account>) -> Result<bool, Error> {
    let hash = account.and_then(|account| account.password_hash.clone());
    in_turn(move || password::verify(&password, hash.as_deref())).await
}

/// So many passwords are hashed at once: each takes a core and 19 MiB, whoever asks.
static TURNS: Semaphore = Semaphore::const_new(4);

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let _turn = TURNS.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

/// Tells whether a text can be a login.
pub(super) fn is_login(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(plain) && text.chars().all(|c| plain(c) || "._-".contains(c))
}

//! Passwords: argon2id, and a few rules that help.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};

use crate::error::Error;

/// A password has at least this many characters.
pub const LENGTH_MIN: usize = 10;

/// A password has at most this many bytes.
pub const LENGTH_MAX: usize = 256;

/// Refuses what is too short, too long, or the first thing that is guessed.
pub fn check(password: &str, login: &str, email: &str) -> Result<(), Error> {
    let wrong = |why: String| Err(Error::invalid("password", why));
    if password.chars().count() < LENGTH_MIN {
        return wrong(format!("A password has at least {LENGTH_MIN} characters."));
    }
    if password.len() > LENGTH_MAX {
        return wrong(format!("A password has at most {LENGTH_MAX} bytes."));
    }
    let lower = password.to_lowercase();
    let obvious = ["password", "passw0rd", "stentor", "letmein", "qwerty", "1234567890"];
    let guessed = obvious.iter().any(|word| {
        let rest = lower.replace(word, "");
        rest.chars().count() < LENGTH_MIN / 2
    });
    let own = [login, email].iter().any(|own| !own.is_empty() && lower == own.to_lowercase());
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if guessed || own || letters.len() < 4 {
        return wrong("This password is among the first that are guessed; choose another.".into());
    }
    Ok(())
}

/// Returns the hash of a password in PHC format. Takes some 50 ms of a core: call it on a thread that may block.
pub fn hash(password: &str) -> Result<String, Error> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| Error::internal(error.to_string()))?.to_string())
}

/// Tells whether a password is the one that was hashed; without a hash it takes as long and is false.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    // A hash of nothing that anybody can type, so that an unknown login takes as long as a known one.
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c3RlbnRvci1ub2JvZHk$\
                          Ex4Rr1kG0XQ9ZtTnBgqs8vQb4hJr1rSxgY4kpJm0y2k";
    let known = hash.and_then(|hash| PasswordHash::new(hash).ok());
    let parsed = known.clone().or_else(|| PasswordHash::new(NOBODY).ok());
    let fits = parsed.is_some_and(|parsed| {
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
    });
    fits && known.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_by_its_hash_and_by_no_other() {
        let hashed = hash("correct horse battery").unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify("correct horse battery", Some(&hashed)));
        assert!(!verify("correct horse batterz", Some(&hashed)));
        assert!(!verify("correct horse battery", None));
    }

    #[test]
    fn weak_passwords_are_refused() {
        for weak in
            ["short", "password123", "aaaaaaaaaaaa", "1234567890", "Stentor123", "ana@example.com"]
        {
            assert!(check(weak, "ana", "ana@example.com").is_err(), "{weak}");
        }
        assert!(check("a long walk at night", "ana", "ana@example.com").is_ok());
    }
}

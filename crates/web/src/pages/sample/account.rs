//! Samples of the pages without a session, and of errors.

use super::{door, layout, some};
use crate::pages::{
    account::{InviteAccept, Setup, SignIn, Typed},
    error::ErrorShow,
    layout::Section,
};

impl Setup {
    /// Returns the form after two different passwords.
    pub fn sample() -> Setup {
        Setup {
            layout: door(),
            token: "sample-setup-token".to_owned(),
            typed: Typed {
                login: "alice".to_owned(),
                name: "Alice Ops".to_owned(),
                email: "alice@example.com".to_owned(),
                email_is_fixed: false,
            },
            problem: some("The two passwords are not the same."),
        }
    }
}

impl SignIn {
    /// Returns the form as it first appears.
    pub fn sample() -> SignIn {
        SignIn { layout: door(), login: String::new(), next: "/".to_owned(), problem: None }
    }
}

impl InviteAccept {
    /// Returns the form of an invitation.
    pub fn sample() -> InviteAccept {
        InviteAccept {
            layout: door(),
            token: "Vt3mQ9cXk2".to_owned(),
            invited_by: "Alice Ops".to_owned(),
            role: "responder".to_owned(),
            typed: Typed {
                name: "Chen Li".to_owned(),
                email: "chen@example.com".to_owned(),
                email_is_fixed: true,
                ..Typed::default()
            },
            problem: None,
        }
    }
}

impl ErrorShow {
    /// Returns an error without a session.
    pub fn sample() -> ErrorShow {
        ErrorShow {
            layout: door(),
            status: 403,
            title: "This form is too old".to_owned(),
            detail: "It was opened before you signed in again, so it was not carried out."
                .to_owned(),
            advice: "Go back, reload the page and send it once more.".to_owned(),
            action: None,
        }
    }

    /// Returns an error inside the frame.
    pub fn inside() -> ErrorShow {
        ErrorShow {
            layout: layout(Section::Pages),
            status: 404,
            title: "There is no such page".to_owned(),
            detail: "The address pag_01jwrk9x2 is not the address of a page.".to_owned(),
            advice: "It may have been cut off in a message.".to_owned(),
            action: Some(("/pages".to_owned(), "All pages".to_owned())),
        }
    }
}

//! The page behind the signed link of a message: no session, one decision.

use askama::Template;
use jiff::Timestamp;

use super::{
    address::WebAddress,
    layout::Layout,
    state::{PageState, Rank},
};

/// `/l/{delivery}/{token}`: asks before it acts, because mail scanners follow links.
#[derive(Template)]
#[template(path = "link_confirm.html")]
pub struct LinkConfirm {
    /// The frame, without a user.
    pub layout: Layout,
    /// What the link leads to.
    pub view: LinkView,
}

/// What a signed link shows.
#[derive(Clone, Debug)]
pub enum LinkView {
    /// The page may be acted on.
    Open(LinkPage),
    /// Somebody already acknowledged; Resolve is still offered.
    Acknowledged(LinkPage),
    /// The page is over.
    Resolved(LinkPage),
    /// The link is too old.
    Expired {
        /// When it ceased to work.
        expired_at: Timestamp,
    },
    /// The link is damaged or was never one of ours.
    Invalid,
}

/// The page behind a link.
#[derive(Clone, Debug)]
pub struct LinkPage {
    /// As in its address.
    pub id: String,
    /// The path that the forms post to, `/l/{delivery}/{token}`.
    pub path: String,
    /// Whom the link was sent to; the answer counts as theirs.
    pub person: String,
    /// What is wrong, one line.
    pub title: String,
    /// Where it stands.
    pub state: PageState,
    /// How bad it is.
    pub severity: Rank,
    /// The service of the plan.
    pub service: Option<String>,
    /// When it began.
    pub triggered_at: Timestamp,
    /// Who changed the state last, and when.
    pub changed: Option<(String, Timestamp)>,
    /// The runbook.
    pub runbook_url: Option<WebAddress>,
}

impl LinkView {
    /// Returns the page, unless the link does not lead to one.
    pub fn page(&self) -> Option<&LinkPage> {
        match self {
            LinkView::Open(page) | LinkView::Acknowledged(page) | LinkView::Resolved(page) => {
                Some(page)
            }
            LinkView::Expired { .. } | LinkView::Invalid => None,
        }
    }
}

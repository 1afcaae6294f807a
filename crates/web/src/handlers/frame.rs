//! The frame of a page: who reads it, and what stands around the content. Read in one go with the content.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use stentor_domain::alert::Alert;
use stentor_domain::explain;
use stentor_domain::group::{Group, GroupId};
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::page::Actor;
use stentor_domain::plan::{PersonName, Plan};
use stentor_domain::standing::{Standing, View};
use stentor_engine::{Answer, Input};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::{groups, incidents, pages};

use super::{deed, flash};
use crate::app::{App, InForce};
use crate::auth::{self, Caller, Permission};
use crate::error::Error;
use crate::now::Now;
use crate::pages::layout::{Flash, Layout, Section, SignedIn, Theme};

/// The cookie that remembers the theme.
pub(super) const THEME_COOKIE: &str = "stentor_theme";

/// The navigation counts open incidents up to this many.
const INCIDENTS_COUNTED_MAX: i64 = 99;

/// What a page needs to know of its request.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) app: Arc<App>,
    pub(super) now: Timestamp,
    pub(super) in_force: Arc<InForce>,
    caller: Caller,
    theme: Theme,
    flash: Option<Flash>,
    /// Whether a form was sent, rather than a page asked for.
    is_answer: bool,
}

/// Where the content of a page comes from.
pub(super) struct Source<'a> {
    pub(super) db: &'a mut Db,
    pub(super) plan: &'a Plan,
    pub(super) now: Timestamp,
    pub(super) standing: &'a RwLock<Standing>,
    /// The person of the plan who reads.
    pub(super) reader: Option<&'a PersonName>,
}

impl Source<'_> {
    /// Returns everything that stands now. Not to be kept: while it is, the engine waits.
    pub(super) fn standing(&self) -> RwLockReadGuard<'_, Standing> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns those of these alerts that are known.
    pub(super) fn alerts(&self, prints: &[Fingerprint]) -> Vec<Alert> {
        let standing = self.standing();
        prints.iter().filter_map(|print| standing.view(*print)).map(View::alert).collect()
    }

    /// Returns a group as it is stored.
    pub(super) fn group(&mut self, id: GroupId) -> Result<Option<Group>, StoreError> {
        let number = self.standing().group(id).map(|members| members.number);
        let found = number.map(|number| groups::open(self.db, number)).transpose()?;
        Ok(found.flatten().map(|stored| stored.saved.it))
    }

    /// Returns the groups that alerts with these labels would be in, those that there are.
    pub(super) fn groups_of(
        &mut self,
        labels: &Labels,
    ) -> Result<BTreeMap<GroupId, Group>, StoreError> {
        let mut known = BTreeMap::new();
        for id in explain::groups_of(self.plan, labels) {
            known.extend(self.group(id)?.map(|group| (id, group)));
        }
        Ok(known)
    }

    /// Returns the alerts of a group, in no order.
    pub(super) fn members(&self, group: GroupId) -> Vec<Alert> {
        let prints = self.standing().prints_of(group);
        self.alerts(&prints)
    }
}

impl FromRequestParts<Arc<App>> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let Now(now) = Now::from_request_parts(parts, app).await?;
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or(Caller::Anonymous);
        let frame = Self::new(app, caller, &parts.headers, parts.uri.path(), now);
        Ok(Self { is_answer: parts.method == Method::POST, ..frame })
    }
}

impl Frame {
    /// Frames the page at `path` for `caller`.
    pub(super) fn new(
        app: &Arc<App>,
        caller: Caller,
        headers: &HeaderMap,
        path: &str,
        now: Timestamp,
    ) -> Self {
        let theme = auth::cookie(headers, THEME_COOKIE).map_or(Theme::Auto, Theme::from_key);
        let flash = flash::read(headers, path);
        let (app, in_force) = (Arc::clone(app), app.in_force());
        Self { app, now, in_force, caller, theme, flash, is_answer: false }
    }

    /// Returns the plan in force.
    pub(super) fn plan(&self) -> &Plan {
        &self.in_force.plan
    }

    /// Returns the session of the reader; everything behind a form of ours has one.
    pub(super) fn session(&self) -> Result<&auth::SignedIn, Error> {
        self.caller.session().ok_or_else(|| Error::forbidden("This is for people who sign in."))
    }

    /// Returns the reader as the timeline names them.
    pub(super) fn actor(&self) -> Actor {
        self.caller.actor(self.plan())
    }

    /// Returns the reader as the audit log names them.
    pub(super) fn audit_name(&self) -> String {
        self.caller.audit_name()
    }

    /// Has the engine decide for the reader; the audit log calls it `action` on `object`.
    pub(super) async fn decide(
        &self,
        action: &'static str,
        object: &str,
        input: Input,
    ) -> Result<Answer, Error> {
        deed::decide(&self.app, self.audit_name(), (action, object), input).await
    }

    /// Tells whether the reader may use what is for `permission`.
    pub(super) fn allows(&self, permission: Permission) -> bool {
        auth::allows(&self.caller, permission)
    }

    /// Returns what links of this server start with, without a slash at the end.
    pub(super) fn external_url(&self) -> String {
        let planned = self.plan().external_url.clone();
        planned.unwrap_or_else(|| self.app.external_url.clone())
    }

    /// Reads the content of a page, and with it what its frame shows.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        section: Section,
        content: impl FnOnce(&mut Source<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<(Layout, T), Error> {
        let reader = match self.actor() {
            Actor::Person(person) => Some(person),
            Actor::Account(_) | Actor::System => None,
        };
        let (in_force, now) = (Arc::clone(&self.in_force), self.now);
        let standing = Arc::clone(&self.app.standing);
        let (content, (waiting, _), open) = self
            .app
            .read(move |db| {
                let plan = &in_force.plan;
                let content = content(&mut Source {
                    db,
                    plan,
                    now,
                    standing: &standing,
                    reader: reader.as_ref(),
                })?;
                let filter = incidents::Filter { open: true, ..incidents::Filter::default() };
                let open = incidents::list(db, &filter, INCIDENTS_COUNTED_MAX)?.len();
                Ok((content, pages::count_open(db)?, open))
            })
            .await?;
        let mut layout = self.door();
        layout.section = section;
        layout.pages_waiting = usize::try_from(waiting).unwrap_or(0);
        layout.incidents_open = open;
        layout.user = self.caller.session().map(|session| SignedIn {
            name: session.name.clone(),
            login: session.login.clone(),
            is_admin: self.allows(Permission::Administer),
            can_respond: self.allows(Permission::Respond),
        });
        layout.open = matches!(self.caller, Caller::Open);
        layout.can_silence = self.allows(Permission::Silence);
        layout.csrf = self.caller.session().map(|it| it.csrf.clone()).unwrap_or_default();
        Ok((layout, content))
    }

    /// Returns the frame of a page without a session.
    pub(super) fn door(&self) -> Layout {
        Layout {
            now: self.now,
            user: None,
            open: false,
            can_silence: false,
            theme: self.theme,
            csrf: String::new(),
            section: Section::Now,
            pages_waiting: 0,
            incidents_open: 0,
            has_people: !self.plan().people.is_empty(),
            plan_refused: self.in_force.refused.is_some(),
            flash: self.flash.clone(),
            is_answer: self.is_answer,
        }
    }
}

/// Renders a page.
pub(super) fn html(page: &impl Template) -> Response {
    Html(page.render().expect("a page renders: its sample does")).into_response()
}

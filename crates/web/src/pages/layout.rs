//! What every page has around its content: who is signed in, the navigation, the theme, the form token.

use jiff::Timestamp;

use super::time::{Form, Said, When};

/// The frame of a page, decided once per request.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The request's instant; every relative time on the page counts from it.
    pub now: Timestamp,
    /// `None` on pages without a session: no navigation is shown then.
    pub user: Option<SignedIn>,
    /// Whether everybody may read, as in the place of Alertmanager: there is a navigation without a session.
    pub open: bool,
    /// Whether the reader may make and end silences.
    pub can_silence: bool,
    /// From the cookie that the settings form sets.
    pub theme: Theme,
    /// The token that every form posts back as `csrf`.
    pub csrf: String,
    /// The entry of the navigation that is current.
    pub section: Section,
    /// Triggered pages that nobody has acknowledged; the badge of the navigation.
    pub pages_waiting: usize,
    /// Incidents that are not resolved or closed.
    pub incidents_open: usize,
    /// Whether the plan has people who could be paged; the navigation begins with what there is.
    pub has_people: bool,
    /// Whether the newest plan on disk was refused; marks the entry in the navigation.
    pub plan_refused: bool,
    /// What the last form did, shown once on top.
    pub flash: Option<Flash>,
    /// Whether the page is the answer to a form: its address shows something else, so it does not keep itself current.
    pub is_answer: bool,
}

/// The account behind the session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// As people call them.
    pub name: String,
    /// The name that they sign in with.
    pub login: String,
    /// Whether they may invite people and change roles.
    pub is_admin: bool,
    /// Whether they may answer pages and work on incidents.
    pub can_respond: bool,
}

impl SignedIn {
    /// Returns up to two capital letters for the round mark.
    pub fn initials(&self) -> String {
        initials(&self.name)
    }
}

/// A one-time message on top of a page.
#[derive(Clone, Debug)]
pub struct Flash {
    /// Whether the form did what was asked.
    pub ok: bool,
    /// One sentence.
    pub text: String,
}

/// The colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system says.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Returns the value of the cookie, of the form field and of `data-theme`.
    pub fn key(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Reads the cookie's value; anything unknown is `Auto`.
    pub fn from_key(key: &str) -> Theme {
        match key {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::Auto,
        }
    }
}

/// The entries of the navigation, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `/`
    Now,
    /// `/pages`
    Pages,
    /// `/incidents`
    Incidents,
    /// `/oncall`
    Oncall,
    /// `/alerts`
    Alerts,
    /// `/silences`
    Silences,
    /// `/plan`
    Plan,
    /// `/people`
    People,
    /// `/settings`
    Settings,
}

/// The first four have a tab of their own on a telephone; the rest is behind "More".
const TABS: usize = 4;

impl Section {
    /// The order where people are paged.
    pub const ALL: [Section; 9] = [
        Section::Now,
        Section::Pages,
        Section::Incidents,
        Section::Oncall,
        Section::Alerts,
        Section::Silences,
        Section::Plan,
        Section::People,
        Section::Settings,
    ];

    /// The order where the plan has nobody to page, as in the place of Alertmanager.
    const WITHOUT_PEOPLE: [Section; 9] = [
        Section::Now,
        Section::Alerts,
        Section::Silences,
        Section::Plan,
        Section::Pages,
        Section::Incidents,
        Section::Oncall,
        Section::People,
        Section::Settings,
    ];

    /// Returns the path.
    pub fn href(self) -> &'static str {
        self.parts().0
    }

    /// Returns what the entry says.
    pub fn word(self) -> &'static str {
        self.parts().1
    }

    /// Returns the name of a symbol in `icons.html`.
    pub fn icon(self) -> &'static str {
        self.parts().2
    }

    /// Returns the key that follows `g` on a keyboard.
    pub fn key(self) -> &'static str {
        self.parts().3
    }

    fn parts(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Section::Now => ("/", "Now", "pulse", "n"),
            Section::Pages => ("/pages", "Pages", "bell", "p"),
            Section::Incidents => ("/incidents", "Incidents", "flag", "i"),
            Section::Oncall => ("/oncall", "On call", "calendar", "o"),
            Section::Alerts => ("/alerts", "Alerts", "dot", "a"),
            Section::Silences => ("/silences", "Silences", "quiet", "x"),
            Section::Plan => ("/plan", "Plan", "file", "l"),
            Section::People => ("/people", "People", "people", "e"),
            Section::Settings => ("/settings", "Settings", "sliders", "s"),
        }
    }
}

impl Layout {
    fn sections(&self) -> &'static [Section] {
        if self.has_people { &Section::ALL } else { &Section::WITHOUT_PEOPLE }
    }

    /// Returns the entries of the navigation that are always visible.
    pub fn tabs(&self) -> &'static [Section] {
        &self.sections()[..TABS]
    }

    /// Returns the entries that a telephone keeps behind "More".
    pub fn rest(&self) -> &'static [Section] {
        &self.sections()[TABS..]
    }

    /// Writes an instant as `10:04 UTC`.
    pub fn time(&self, at: &Timestamp) -> When {
        When::new(*at, self.now, Form::Clock)
    }

    /// Writes an instant as `8 min ago`.
    pub fn ago(&self, at: &Timestamp) -> When {
        When::new(*at, self.now, Form::Ago)
    }

    /// Writes how far an instant is away as `8 min`.
    pub fn elapsed(&self, since: &Timestamp) -> When {
        When::new(*since, self.now, Form::Elapsed)
    }

    /// Writes a sentence, the instants in it as the reader's own.
    pub fn said<'a>(&self, text: &'a str) -> Said<'a> {
        Said::new(text, self.now)
    }

    /// Returns the number beside a navigation entry; 0 shows nothing.
    pub fn count(&self, section: &Section) -> usize {
        match section {
            Section::Pages => self.pages_waiting,
            Section::Incidents => self.incidents_open,
            Section::Now
            | Section::Oncall
            | Section::Alerts
            | Section::Silences
            | Section::Plan
            | Section::People
            | Section::Settings => 0,
        }
    }

    /// Returns the address of an embedded file with its version.
    pub fn asset(&self, name: &str) -> String {
        crate::assets::url(name)
    }

    /// Returns whether a link of Alertmanager may end here: on the first page, and on the one that signs in.
    pub fn follows_fragments(&self) -> bool {
        self.section == Section::Now
    }

    /// Returns whether the navigation is shown.
    pub fn is_inside(&self) -> bool {
        self.open || self.user.is_some()
    }

    /// Returns whether the page keeps itself current.
    pub fn is_live(&self) -> bool {
        self.is_inside() && !self.is_answer
    }

    /// Returns whether the account may administer; false without a session.
    pub fn is_admin(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.is_admin)
    }

    /// Returns whether the account may answer pages and work on incidents; false without a session.
    pub fn can_respond(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.can_respond)
    }

    /// Returns whether something behind "More" is current.
    pub fn is_in_rest(&self) -> bool {
        self.rest().contains(&self.section)
    }
}

/// Returns up to two capital letters: the first of the first and of the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

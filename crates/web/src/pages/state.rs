//! States and ranks as they are shown: a word, an icon's shape and a colour, never a colour alone.

/// A colour role of the stylesheet; the class is `tone-<class>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Somebody has to act.
    Alarm,
    /// Somebody acts, or something is not as it should be.
    Busy,
    /// Well again.
    Fine,
    /// Of no concern now.
    Idle,
}

impl Tone {
    /// Returns the suffix of the class in the stylesheet.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Alarm => "alarm",
            Tone::Busy => "busy",
            Tone::Fine => "fine",
            Tone::Idle => "idle",
        }
    }
}

/// A severity of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank {
    /// 1 is the worst; everything from 4 on has the colour of 4.
    pub level: u8,
    /// As people say it, for example `Sev-2`.
    pub name: String,
    /// One word beside it, for example `High`.
    pub title: String,
}

impl Rank {
    /// Returns 1 to 4, the number of the colour and of the icon.
    pub fn shade(&self) -> u8 {
        self.level.clamp(1, 4)
    }
}

/// What a chip shows: `(word, icon, tone)`.
type Look = (&'static str, &'static str, Tone);

/// Gives a state enum the three questions that `chip` of `macros.html` asks.
macro_rules! looks {
    ($state:ty) => {
        impl $state {
            /// Returns the word, as in the glossary.
            pub fn word(self) -> &'static str {
                self.look().0
            }

            /// Returns the name of a symbol in `icons.html`.
            pub fn icon(self) -> &'static str {
                self.look().1
            }

            /// Returns the class suffix of its colour.
            pub fn tone(self) -> &'static str {
                self.look().2.class()
            }
        }
    };
}

/// Where a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageState {
    /// Nobody has answered.
    Triggered,
    /// Somebody is on it.
    Acknowledged,
    /// Over.
    Resolved,
}

impl PageState {
    fn look(self) -> Look {
        match self {
            PageState::Triggered => ("Triggered", "bell-on", Tone::Alarm),
            PageState::Acknowledged => ("Acknowledged", "half", Tone::Busy),
            PageState::Resolved => ("Resolved", "check", Tone::Fine),
        }
    }
}

looks!(PageState);

/// Where a silence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilenceState {
    /// It hits what it matches.
    Active,
    /// It has not begun.
    Pending,
    /// It is over.
    Expired,
}

impl SilenceState {
    /// Every state, in the order of the tabs.
    pub const ALL: [SilenceState; 3] =
        [SilenceState::Active, SilenceState::Pending, SilenceState::Expired];

    /// Returns the word in an address.
    pub fn key(self) -> &'static str {
        match self {
            SilenceState::Active => "active",
            SilenceState::Pending => "pending",
            SilenceState::Expired => "expired",
        }
    }

    fn look(self) -> Look {
        match self {
            SilenceState::Active => ("Active", "quiet", Tone::Busy),
            SilenceState::Pending => ("Pending", "clock", Tone::Idle),
            SilenceState::Expired => ("Expired", "check", Tone::Idle),
        }
    }
}

looks!(SilenceState);

/// Where an incident stands, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncidentState {
    /// Just begun.
    Declared,
    /// The cause is looked for.
    Investigating,
    /// The cause is known.
    Identified,
    /// Mended; being watched.
    Monitoring,
    /// Over for its users.
    Resolved,
    /// Reviewed.
    Closed,
}

impl IncidentState {
    /// Every state, first to last.
    pub const ALL: [IncidentState; 6] = [
        IncidentState::Declared,
        IncidentState::Investigating,
        IncidentState::Identified,
        IncidentState::Monitoring,
        IncidentState::Resolved,
        IncidentState::Closed,
    ];

    /// Returns the value that a form posts, lower case.
    pub fn key(self) -> &'static str {
        match self {
            IncidentState::Declared => "declared",
            IncidentState::Investigating => "investigating",
            IncidentState::Identified => "identified",
            IncidentState::Monitoring => "monitoring",
            IncidentState::Resolved => "resolved",
            IncidentState::Closed => "closed",
        }
    }

    /// Returns what the button says that moves an incident here.
    pub fn action(self) -> &'static str {
        match self {
            IncidentState::Declared => "Declare",
            IncidentState::Investigating => "Investigate",
            IncidentState::Identified => "Cause identified",
            IncidentState::Monitoring => "Start monitoring",
            IncidentState::Resolved => "Resolve",
            IncidentState::Closed => "Close",
        }
    }

    fn look(self) -> Look {
        match self {
            IncidentState::Declared => ("Declared", "flag-on", Tone::Alarm),
            IncidentState::Investigating => ("Investigating", "search", Tone::Alarm),
            IncidentState::Identified => ("Identified", "target", Tone::Busy),
            IncidentState::Monitoring => ("Monitoring", "pulse", Tone::Busy),
            IncidentState::Resolved => ("Resolved", "check", Tone::Fine),
            IncidentState::Closed => ("Closed", "lock", Tone::Idle),
        }
    }
}

looks!(IncidentState);

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// The condition holds.
    Firing,
    /// It holds no longer.
    Resolved,
}

impl AlertState {
    fn look(self) -> Look {
        match self {
            AlertState::Firing => ("Firing", "dot", Tone::Alarm),
            AlertState::Resolved => ("Resolved", "check", Tone::Fine),
        }
    }
}

looks!(AlertState);

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waits for its time, or for its next attempt.
    Queued,
    /// The provider took it.
    Sent,
    /// Given up; the escalation went on at once.
    Failed,
    /// Not needed any more, for example because the page was acknowledged.
    Dropped,
}

impl DeliveryState {
    fn look(self) -> Look {
        match self {
            DeliveryState::Queued => ("Queued", "clock", Tone::Busy),
            DeliveryState::Sent => ("Sent", "check", Tone::Fine),
            DeliveryState::Failed => ("Failed", "cross", Tone::Alarm),
            DeliveryState::Dropped => ("Not needed", "mute", Tone::Idle),
        }
    }
}

looks!(DeliveryState);

/// What a line of a timeline is about; also the lane of the drawn chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An alert fired or resolved.
    Alert,
    /// A page was triggered, escalated or resolved.
    Page,
    /// A message went out, or failed to.
    Delivery,
    /// Somebody acknowledged.
    Acknowledge,
    /// The state or the severity changed.
    State,
    /// A role changed hands.
    Role,
    /// Somebody wrote down what they saw or did.
    Note,
    /// Somebody wrote down what was decided.
    Decision,
    /// Somebody wrote down what was done to a system.
    Action,
}

impl EntryKind {
    fn look(self) -> Look {
        match self {
            EntryKind::Alert => ("Alert", "dot", Tone::Alarm),
            EntryKind::Page => ("Page", "bell-on", Tone::Alarm),
            EntryKind::Delivery => ("Delivery", "send", Tone::Idle),
            EntryKind::Acknowledge => ("Acknowledge", "half", Tone::Busy),
            EntryKind::State => ("State", "flag-on", Tone::Busy),
            EntryKind::Role => ("Role", "person", Tone::Idle),
            EntryKind::Note => ("Note", "note", Tone::Idle),
            EntryKind::Decision => ("Decision", "target", Tone::Fine),
            EntryKind::Action => ("Action", "arrow", Tone::Fine),
        }
    }
}

looks!(EntryKind);

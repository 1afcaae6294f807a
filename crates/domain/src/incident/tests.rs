use super::*;
use crate::id::Ids;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn ana() -> Actor {
    Actor::Person("ana".into())
}

fn declare(commander: Option<Actor>, started_at: Timestamp) -> (Incident, Vec<Dated>) {
    let id = IncidentId::new(&mut Ids::new(|| 7), at(0));
    let page = Some(PageId::new(&mut Ids::new(|| 7), at(0)));
    let (title, severity, by) = ("Down".into(), Level(1), Actor::System);
    let draft = Draft { title, severity, service: None, page, by, commander, started_at };
    Incident::declare(id, 7, draft, "", at(0))
}

#[test]
fn a_declaration_says_everything_it_knows() {
    let (incident, events) = declare(Some(ana()), at(9));
    assert_eq!(incident.started_at, at(0), "harm does not begin in the future");
    assert_eq!(incident.commander(), Some(&ana()));
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|(happened_at, _)| *happened_at == at(0)));
    let (incident, _) = declare(None, at(-9));
    assert_eq!((incident.started_at, incident.commander()), (at(-9), None));
}

#[test]
fn a_state_leads_to_every_other_but_back_to_declared() {
    for from in State::ALL {
        for to in State::ALL {
            let (mut incident, _) = declare(None, at(0));
            incident.state = from;
            incident.resolved_at = (!from.open()).then(|| at(5));
            let answer = incident.on_input(Input::Move { by: ana(), to, happened_at: None }, at(9));
            let expected = match (from, to) {
                (from, to) if from == to => Err(Refusal::AlreadyThere { state: from }),
                (_, State::Declared) => Err(Refusal::NotBackToDeclared),
                (from, State::Closed) if from.open() => Err(Refusal::CloseBeforeResolve),
                (from, to) => Ok(vec![(at(9), Event::Moved { by: ana(), from, to })]),
            };
            assert_eq!(answer, expected, "{from:?} {to:?}");
            let resolved_at = match (answer.is_ok(), to.open(), from.open()) {
                (true, false, true) => Some(at(9)),
                (true, false, false) | (false, _, false) => Some(at(5)),
                (true, true, _) | (false, _, true) => None,
            };
            assert_eq!(incident.resolved_at, resolved_at, "{from:?} {to:?}");
        }
    }
}

#[test]
fn what_happened_may_be_told_later_and_never_before() {
    for (minute, told) in
        [(None, Some(10)), (Some(-60), Some(-60)), (Some(10), Some(10)), (Some(11), None)]
    {
        let (mut incident, _) = declare(None, at(0));
        incident.started_at = at(-60);
        let happened_at = minute.map(at);
        let note =
            Input::Note { by: ana(), kind: NoteKind::Note, text: " words ".into(), happened_at };
        let noted = incident.on_input(note, at(10));
        let event = Event::Noted { by: ana(), kind: NoteKind::Note, text: "words".into() };
        let expected = told.map(|told| vec![(at(told), event)]).ok_or(Refusal::InTheFuture);
        assert_eq!(noted, expected);
        let before = incident.clone();
        let moves = Input::Move { by: ana(), to: State::Resolved, happened_at };
        let moved = incident.on_input(moves, at(10));
        assert_eq!(moved.is_ok(), told.is_some());
        assert_eq!(incident.resolved_at, told.map(at));
        assert!(moved.is_ok() || incident == before, "a refusal changes nothing");
    }
}

#[test]
fn a_note_has_words_and_an_end() {
    let table = [
        (String::new(), Some(Refusal::EmptyText)),
        (" \n\t".into(), Some(Refusal::EmptyText)),
        ("x".repeat(TEXT_LENGTH_MAX), None),
        (format!(" {} ", "x".repeat(TEXT_LENGTH_MAX)), None),
        ("x".repeat(TEXT_LENGTH_MAX + 1), Some(Refusal::TextTooLong)),
    ];
    for (text, refusal) in table {
        let (mut incident, _) = declare(None, at(0));
        let note = Input::Note { by: ana(), kind: NoteKind::Decision, text, happened_at: None };
        assert_eq!(incident.on_input(note, at(1)).err(), refusal);
    }
}

#[test]
fn nobody_takes_command_of_what_is_over() {
    let (mut incident, _) = declare(None, at(0));
    incident.state = State::Resolved;
    assert_eq!(incident.on_input(Input::Answered { by: ana() }, at(1)), Ok(vec![]));
    assert_eq!(incident.commander(), None);
}

#[test]
fn a_page_joins_once() {
    let (mut incident, _) = declare(None, at(0));
    let page = incident.pages[0];
    assert_eq!(incident.on_input(Input::Join { page }, at(1)), Ok(vec![]));
    assert_eq!(incident.pages, [page]);
}

#[test]
fn words_lead_back_to_what_they_stand_for() {
    assert!(State::ALL.iter().all(|state| State::from_word(state.word()) == Some(*state)));
    assert!(Role::ALL.iter().all(|role| Role::from_word(role.word()) == Some(*role)));
    let kinds = [NoteKind::Note, NoteKind::Decision, NoteKind::Action];
    assert!(kinds.iter().all(|kind| NoteKind::from_word(kind.word()) == Some(*kind)));
    assert_eq!(State::from_word("Resolved"), None);
}

#[test]
fn an_incident_is_not_resolved_before_it_began() {
    let (mut incident, _) = declare(None, at(0));
    incident.started_at = "2026-01-05T10:00:00Z".parse().unwrap();
    let now = incident.started_at + jiff::SignedDuration::from_hours(1);
    let resolve = |at: &str| Input::Move {
        by: ana(),
        to: State::Resolved,
        happened_at: Some(at.parse().unwrap()),
    };
    let refusal = incident.on_input(resolve("2026-01-05T09:59:59Z"), now).unwrap_err();
    let sentence = "The incident began at 2026-01-05T10:00:00Z; it cannot be resolved before that.";
    assert_eq!(refusal.sentence(), sentence);
    assert!(incident.on_input(resolve("2026-01-05T10:00:00Z"), now).is_ok());
}

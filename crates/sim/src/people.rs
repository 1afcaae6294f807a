//! People: how they answer, and what they do of their own accord.

use jiff::SignedDuration;
use stentor_domain::id::PageId;
use stentor_domain::incident::{self, NoteKind, State};
use stentor_domain::page::{self, Actor};
use stentor_domain::severity::Level;
use stentor_engine::{Input, PageRequest};

use crate::plan::{POLICIES, SERVICES};
use crate::world::World;

/// Returns a person's answer to a page.
pub(crate) fn answer(page: PageId, person: &str, resolves: bool) -> Input {
    let by = Actor::Person(person.to_owned());
    let input = match resolves {
        true => page::Input::Resolve { by },
        false => page::Input::Acknowledge { by },
    };
    Input::Page(page, input)
}

/// Returns what somebody does at their desk, if they do anything; once healed nobody asks for more.
pub(crate) fn office(world: &mut World) -> Option<Input> {
    let people: Vec<String> = world.plan.people.keys().cloned().collect();
    let (now, healed) = (world.now, world.healed);
    let rng = &mut world.rng;
    let by = Actor::Person(rng.pick(&people).clone());
    let service = rng.percent(60).then(|| rng.word(&SERVICES).to_owned());
    let severity = Level(rng.between(1, 3) as u8);
    match rng.below(6) {
        0 if !healed => Some(Input::RequestPage(PageRequest {
            title: "Come and look".into(),
            details: "it smells of burning".into(),
            policy: rng.word(&POLICIES).to_owned(),
            service,
            severity,
            by,
        })),
        1 if !healed => Some(Input::Declare(incident::Draft {
            title: "Something is odd".into(),
            severity,
            service,
            page: if world.pages.is_empty() { None } else { Some(*rng.pick(&world.pages)) },
            by,
            commander: None,
            started_at: now - SignedDuration::from_mins(5),
        })),
        2 if !healed => Some(Input::TestChannel { channel: "mail".into(), by: people[0].clone() }),
        _ if world.incidents.is_empty() => None,
        3 => {
            let input = incident::Input::Note {
                by,
                kind: NoteKind::Note,
                text: "we are looking".into(),
                happened_at: rng.percent(50).then(|| now - SignedDuration::from_mins(1)),
            };
            Some(Input::Incident(*rng.pick(&world.incidents), input))
        }
        _ => {
            let to = *rng.pick(&State::ALL);
            let input = incident::Input::Move { by, to, happened_at: None };
            Some(Input::Incident(*rng.pick(&world.incidents), input))
        }
    }
}

//! Silences: load, decide, save, and take note in memory.

use jiff::Timestamp;
use stentor_domain::labels::Labels;
use stentor_domain::silence::{Draft, Refusal, Silence, State};
use stentor_store::document::Saved;
use stentor_store::error::Error;
use stentor_store::silences;

use crate::step::Answer;
use crate::work::Work;

/// What somebody does to a silence that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SilenceInput {
    /// Ends it now.
    Expire {
        /// Who.
        by: String,
    },
    /// Adds to its log.
    Comment {
        /// Who.
        by: String,
        /// What they say.
        text: String,
    },
}

impl Work<'_> {
    /// Makes a silence, or changes the one that the draft names.
    pub(crate) fn set_silence(&mut self, draft: Draft, now: Timestamp) -> Result<Answer, Error> {
        let before = match &draft.id {
            None => None,
            Some(id) => match silences::open(self.db, id)? {
                None => return Ok(Answer::SilenceRefused(Refusal::NotFound)),
                found => found,
            },
        };
        let version = before.as_ref().map_or(0, |saved| saved.version);
        let set = match Silence::set(before.map(|saved| saved.it), draft, self.ids, now) {
            Ok(set) => set,
            Err(refusal) => return Ok(Answer::SilenceRefused(refusal)),
        };
        let kept_id = set.ended.is_none() && version > 0;
        if let Some(ended) = set.ended {
            self.save_silence(Saved { version, it: ended })?;
        }
        // An expired one that was asked for anew leaves its row alone.
        let same = kept_id && silences::open(self.db, &set.now.id)?.is_some();
        let version = if same { version } else { 0 };
        self.save_silence(Saved { version, it: set.now.clone() })?;
        Ok(Answer::Silence(Box::new(set.now)))
    }

    /// Does something to a silence.
    pub(crate) fn on_silence(
        &mut self,
        id: &str,
        input: SilenceInput,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let Some(mut saved) = silences::open(self.db, id)? else { return Ok(Answer::NotFound) };
        match input {
            SilenceInput::Expire { by } => saved.it.expire(by, now),
            SilenceInput::Comment { by, text } => saved.it.comment(text, by, now),
        }
        let silence = saved.it.clone();
        self.save_silence(saved)?;
        Ok(Answer::Silence(Box::new(silence)))
    }

    /// Decides on a silence whose time has come.
    pub(crate) fn on_silence_due(
        &mut self,
        mut saved: Saved<Silence>,
        now: Timestamp,
    ) -> Result<(), Error> {
        if saved.it.on_due(self.retention.silences, now) {
            return self.save_silence(saved);
        }
        silences::delete(self.db, &saved.it.id, saved.version)?;
        self.tally.silences_forgotten += 1;
        self.touched.silences.insert(saved.it.id.clone());
        self.standing_mut().remove_silence(&saved.it.id);
        Ok(())
    }

    /// Ends the silences that were to end with the last alert that they hit, when that was it.
    pub(crate) fn end_silences_of(&mut self, labels: &Labels, now: Timestamp) -> Result<(), Error> {
        let over: Vec<String> = {
            let standing = self.standing();
            let hit = standing.silencing(labels, now).into_iter().filter(|it| it.until_resolved);
            let over = hit.filter(|it| standing.select(&it.matchers, now).is_empty());
            over.map(|silence| silence.id.clone()).collect()
        };
        for id in over {
            let Some(mut saved) = silences::open(self.db, &id)? else { continue };
            if saved.it.state(now) == State::Active {
                saved.it.resolve(now);
                self.save_silence(saved)?;
            }
        }
        Ok(())
    }

    fn save_silence(&mut self, mut saved: Saved<Silence>) -> Result<(), Error> {
        silences::save(self.db, &mut saved, self.retention.silences)?;
        self.tally.silences_written += 1;
        self.seen = true;
        self.touched.silences.insert(saved.it.id.clone());
        self.standing_mut().put_silence(saved.it);
        Ok(())
    }
}

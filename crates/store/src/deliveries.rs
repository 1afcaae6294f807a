//! Deliveries and their attempts.

use jiff::Timestamp;
use stentor_domain::delivery::{About, Delivery};
use stentor_domain::group::GroupId;
use stentor_domain::id::{DeliveryId, PageId};

use crate::db::Db;
use crate::db::{Row, Value};
use crate::document::{self, Saved, exactly_one};
use crate::error::Error;

const COLUMNS: &str = "id, version, doc";

fn row(row: &Row<'_>) -> Result<Saved<Delivery>, Error> {
    let it = document::read("deliveries", row.text_ref(0)?, row.text_ref(2)?)?;
    Ok(Saved { version: row.int(1)?, it })
}

/// Returns the delivery with this id.
pub fn open(db: &mut Db, id: DeliveryId) -> Result<Option<Saved<Delivery>>, Error> {
    let sql = format!("select {COLUMNS} from deliveries where id = $1");
    db.query_one(&sql, &[(&id.to_string()).into()], row)
}

/// Saves a delivery, new or not. `Conflict` when somebody else saved it since it was read.
pub fn save(db: &mut Db, saved: &mut Saved<Delivery>) -> Result<(), Error> {
    let delivery = &saved.it;
    let (id, doc) = (delivery.id.to_string(), document::write(delivery));
    let changed = if saved.version == 0 {
        let (page, group, person) = match &delivery.about {
            About::Person { page, person, .. } => (Some(page.to_string()), None, Some(person)),
            About::Receiver { group, .. } => (None, Some(group.0.cast_signed()), None),
            About::Test { .. } | About::TestReceiver { .. } => (None, None, None),
        };
        db.execute(
            "insert into deliveries
                 (id, page_id, group_id, person, channel, state, created_at, due_at, version, doc)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)",
            &[
                (&id).into(),
                page.as_deref().into(),
                group.into(),
                person.into(),
                delivery.channel().into(),
                delivery.state.word().into(),
                delivery.created_at.into(),
                delivery.due_at.into(),
                (&doc).into(),
            ],
        )?
    } else {
        db.execute(
            "update deliveries set state = $3, due_at = $4, doc = $5, version = version + 1
             where id = $1 and version = $2",
            &[
                (&id).into(),
                saved.version.into(),
                delivery.state.word().into(),
                delivery.due_at.into(),
                (&doc).into(),
            ],
        )?
    };
    exactly_one(changed)?;
    saved.version += 1;
    Ok(())
}

/// To whom deliveries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// To people, who are asked to act or told that they need not any more.
    People,
    /// To receivers, and to channels that are tried out.
    Receivers,
}

/// Returns deliveries of a lane that are due at `now`, earliest first, at most `max`.
pub fn list_due(
    db: &mut Db,
    lane: Lane,
    now: Timestamp,
    max: i64,
) -> Result<Vec<Saved<Delivery>>, Error> {
    let whose = match lane {
        Lane::People => "person is not null",
        Lane::Receivers => "person is null",
    };
    let sql = format!(
        "select {COLUMNS} from deliveries where due_at <= $1 and {whose}
         order by due_at, id limit $2"
    );
    db.query(&sql, &[now.into(), max.into()], row)
}

/// Returns every delivery of which an attempt runs, in no order.
pub fn list_sending(db: &mut Db) -> Result<Vec<Saved<Delivery>>, Error> {
    let sql =
        format!("select {COLUMNS} from deliveries where state = 'sending' and due_at is not null");
    db.query(&sql, &[], row)
}

/// Puts off the delivery that is due first, those to people before all others, because it can be neither read nor
/// decided; returns its id.
pub fn postpone_first(
    db: &mut Db,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<String>, Error> {
    db.query_one(
        "update deliveries set due_at = $2 where id =
             (select id from deliveries where due_at <= $1
              order by case when person is null then 1 else 0 end, due_at, id limit 1)
         returning cast(id as text)",
        &[now.into(), until.into()],
        |row| row.text(0),
    )
}

/// Returns when the next delivery is due.
pub fn next_due(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    let min =
        db.query_one("select min(due_at) from deliveries where due_at is not null", &[], |row| {
            row.opt_time(0)
        })?;
    Ok(min.flatten())
}

/// Returns every delivery about a page, oldest first.
pub fn of_page(db: &mut Db, page: PageId) -> Result<Vec<Saved<Delivery>>, Error> {
    let sql =
        format!("select {COLUMNS} from deliveries where page_id = $1 order by created_at, id");
    db.query(&sql, &[(&page.to_string()).into()], row)
}

/// Which deliveries a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those about this page.
    pub page: Option<PageId>,
    /// Only those of this group.
    pub group: Option<GroupId>,
    /// Only those that come after this one in the list.
    pub after: Option<(Timestamp, DeliveryId)>,
}

/// Returns deliveries, newest first, at most `max`.
pub fn list(db: &mut Db, filter: &Filter, max: i64) -> Result<Vec<Delivery>, Error> {
    let sql = format!(
        "select {COLUMNS} from deliveries
         where ($1 = '' or page_id = $1) and ($2 or group_id = $3)
             and ($4 or (created_at, id) < ($5, $6))
         order by created_at desc, id desc limit $7"
    );
    let page = filter.page.map(|id| id.to_string()).unwrap_or_default();
    let after = filter.after.map(|(_, id)| id.to_string()).unwrap_or_default();
    let args = [
        (&page).into(),
        filter.group.is_none().into(),
        Value::Int(filter.group.map_or(0, |group| group.0.cast_signed())),
        filter.after.is_none().into(),
        filter.after.map_or(Value::Int(0), |(at, _)| at.into()),
        (&after).into(),
        max.into(),
    ];
    Ok(db.query(&sql, &args, row)?.into_iter().map(|saved| saved.it).collect())
}

/// Returns the deliveries of a group that were made from `from` on and before `until`, oldest first, at most `max`.
pub fn of_group_between(
    db: &mut Db,
    group: GroupId,
    (from, until): (Timestamp, Timestamp),
    max: i64,
) -> Result<Vec<Delivery>, Error> {
    let sql = format!(
        "select {COLUMNS} from deliveries
         where group_id = $1 and created_at >= $2 and created_at < $3
         order by created_at, id limit $4"
    );
    let args = [Value::Int(group.0.cast_signed()), from.into(), until.into(), max.into()];
    Ok(db.query(&sql, &args, row)?.into_iter().map(|saved| saved.it).collect())
}

/// Returns the newest deliveries of a group over a channel that are still wanted, newest first, at most `max`.
pub fn newest_of_group(
    db: &mut Db,
    group: GroupId,
    channel: &str,
    max: i64,
) -> Result<Vec<Delivery>, Error> {
    let sql = format!(
        "select {COLUMNS} from deliveries
         where group_id = $1 and channel = $2 and state <> 'cancelled'
         order by created_at desc, id desc limit $3"
    );
    let args = [Value::Int(group.0.cast_signed()), channel.into(), max.into()];
    Ok(db.query(&sql, &args, row)?.into_iter().map(|saved| saved.it).collect())
}

/// Returns when the first delivery of a group over a channel was made that did not arrive, after the last that did.
pub fn unsent_since(
    db: &mut Db,
    group: GroupId,
    channel: &str,
) -> Result<Option<Timestamp>, Error> {
    let min = db.query_one(
        "select min(created_at) from deliveries
         where group_id = $1 and channel = $2 and state in ('queued', 'sending', 'failed')
             and created_at > (select coalesce(max(created_at), 0) from deliveries
                 where group_id = $1 and channel = $2 and state = 'sent')",
        &[Value::Int(group.0.cast_signed()), channel.into()],
        |row| row.opt_time(0),
    )?;
    Ok(min.flatten())
}

/// One try to send a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When its outcome was known; `None` = it runs, or a crash hid it.
    pub finished_at: Option<Timestamp>,
    /// `sent`, `retry` or `refused`; `unknown` when a crash hid it; empty while it runs.
    pub outcome: String,
    /// What the provider answered.
    pub detail: String,
}

/// Records that an attempt begins; one before it that has no outcome is unknown from now on.
pub fn begin_attempt(
    db: &mut Db,
    delivery: DeliveryId,
    number: u32,
    now: Timestamp,
) -> Result<(), Error> {
    let id = delivery.to_string();
    db.execute(
        "update attempts set outcome = 'unknown', detail = 'no outcome was recorded; sent again'
         where delivery_id = $1 and outcome is null",
        &[(&id).into()],
    )?;
    db.execute(
        "insert into attempts (delivery_id, number, started_at) values ($1, $2, $3)",
        &[(&id).into(), number.into(), now.into()],
    )?;
    Ok(())
}

/// Records what came of an attempt.
pub fn finish_attempt(
    db: &mut Db,
    delivery: DeliveryId,
    number: u32,
    (outcome, detail): (&str, &str),
    now: Timestamp,
) -> Result<(), Error> {
    db.execute(
        "update attempts set finished_at = $3, outcome = $4, detail = $5
         where delivery_id = $1 and number = $2",
        &[(&delivery.to_string()).into(), number.into(), now.into(), outcome.into(), detail.into()],
    )?;
    Ok(())
}

/// Returns the attempts of a delivery, first to last.
pub fn attempts_of(db: &mut Db, delivery: DeliveryId) -> Result<Vec<Attempt>, Error> {
    db.query(
        "select number, started_at, finished_at, outcome, detail from attempts
         where delivery_id = $1 order by number",
        &[(&delivery.to_string()).into()],
        |row| {
            Ok(Attempt {
                number: u32::try_from(row.int(0)?).unwrap_or(0),
                started_at: row.time(1)?,
                finished_at: row.opt_time(2)?,
                outcome: row.opt_text(3)?.unwrap_or_default(),
                detail: row.opt_text(4)?.unwrap_or_default(),
            })
        },
    )
}

/// What is about no page, oldest first; as the index has it.
const OF_NO_PAGE: &str = "from deliveries where page_id is null";
const OLDEST_FIRST: &str = "order by page_id, created_at, id";

/// Forgets deliveries that were made at `until` or before, with their attempts, the oldest first, at most `max`;
/// returns how many there were. Those about a page stay, and those that are still to be sent.
pub fn forget(db: &mut Db, until: Timestamp, max: i64) -> Result<u64, Error> {
    let over = "due_at is null and created_at <= $1";
    let old = format!("select id {OF_NO_PAGE} and {over} {OLDEST_FIRST} limit $2");
    let args = [until.into(), max.into()];
    db.execute(&format!("delete from attempts where delivery_id in ({old})"), &args)?;
    db.execute(&format!("delete from deliveries where id in ({old})"), &args)
}

/// Returns when the oldest delivery was made that is about no page, whether it is still to be sent or not.
pub fn oldest(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    let sql = format!("select created_at {OF_NO_PAGE} {OLDEST_FIRST} limit 1");
    db.query_one(&sql, &[], |row| row.time(0))
}

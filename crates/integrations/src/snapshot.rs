//! Files that Alertmanager leaves in its data folder: `silences` and `nflog`.
//!
//! Each is a run of protobuf messages, every one behind its length. Only what is needed of the format is read here;
//! fields that are not known are passed over, as the format wants it. Source: `silence/silencepb/silence.proto` and
//! `nflog/nflogpb/nflog.proto` of Alertmanager 0.25 to 0.33, and files written by 0.25.

use jiff::Timestamp;
use stentor_domain::matchers::{Matcher, Matchers, Op};

/// A silence as it was stored.
#[derive(Clone, Debug)]
pub struct Silence {
    /// A UUID as a rule.
    pub id: String,
    /// All of them hold for what is silenced.
    pub matchers: Matchers,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Until when the original would have kept it.
    pub expires_at: Timestamp,
}

/// What was last sent for one group to one integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// The group's key, for example `{}:{alertname="A"}`.
    pub group_key: String,
    /// The receiver's name.
    pub receiver: String,
    /// The kind of the integration, for example `webhook`.
    pub integration: String,
    /// Its place among the receiver's integrations of that kind, from 0.
    pub index: u32,
    /// When it was sent.
    pub at: Timestamp,
    /// xxhash64 of the alerts that fired, as they were stored: unsorted.
    pub firing: Vec<u64>,
    /// xxhash64 of the alerts that had resolved.
    pub resolved: Vec<u64>,
    /// Until when the original would have kept it.
    pub expires_at: Timestamp,
}

/// A file that is none, or is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// At which byte of the file the message begins that cannot be read.
    pub at: usize,
    /// What is wrong with it.
    pub why: String,
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the entry at byte {} cannot be read: {}", self.at, self.why)
    }
}

/// Reads the file `silences`; in the order of the file, which is none.
///
/// A silence of which one of several sets of matchers has to hold becomes one for each set: the first has its id, the
/// others that id with `-2`, `-3` and so on.
pub fn silences(bytes: &[u8]) -> Result<Vec<Silence>, Damaged> {
    entries(bytes, silence).map(|found| found.into_iter().flatten().collect())
}

/// Reads the file `nflog`; in the order of the file, which is none.
pub fn notified(bytes: &[u8]) -> Result<Vec<Notified>, Damaged> {
    entries(bytes, notice)
}

fn entries<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Result<T, String>) -> Result<Vec<T>, Damaged> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        let entry = chunk(&mut rest).and_then(&read);
        found.push(entry.map_err(|why| Damaged { at, why })?);
    }
    Ok(found)
}

/// Takes an entry out of what every file wraps it in: the entry, and until when it is kept.
fn unwrapped(bytes: &[u8]) -> Result<(&[u8], Timestamp), String> {
    let (mut inner, mut expires_at) = (None, Timestamp::UNIX_EPOCH);
    each(bytes, |field| {
        match field {
            (1, Value::Bytes(bytes)) => inner = Some(bytes),
            (2, Value::Bytes(bytes)) => expires_at = instant(bytes)?,
            (_, Value::Bytes(_) | Value::Number(_)) => {}
        }
        Ok(())
    })?;
    Ok((inner.ok_or("it is empty")?, expires_at))
}

fn silence(bytes: &[u8]) -> Result<Vec<Silence>, String> {
    let (inner, expires_at) = unwrapped(bytes)?;
    // Since 0.32; the matchers outside of the sets are then those of the first.
    let mut sets: Vec<Matchers> = Vec::new();
    let mut silence = Silence {
        id: String::new(),
        matchers: Matchers::default(),
        starts_at: Timestamp::UNIX_EPOCH,
        ends_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        created_by: String::new(),
        comment: String::new(),
        expires_at,
    };
    each(inner, |field| {
        match field {
            (1, Value::Bytes(bytes)) => silence.id = text(bytes)?,
            (2, Value::Bytes(bytes)) => silence.matchers.0.push(matcher(bytes)?),
            (3, Value::Bytes(bytes)) => silence.starts_at = instant(bytes)?,
            (4, Value::Bytes(bytes)) => silence.ends_at = instant(bytes)?,
            (5, Value::Bytes(bytes)) => silence.updated_at = instant(bytes)?,
            (8, Value::Bytes(bytes)) => silence.created_by = text(bytes)?,
            (9, Value::Bytes(bytes)) => silence.comment = text(bytes)?,
            (11, Value::Bytes(bytes)) => sets.push(set(bytes)?),
            (_, Value::Bytes(_) | Value::Number(_)) => {}
        }
        Ok(())
    })?;
    if silence.id.is_empty() {
        return Err("the silence has no id".to_owned());
    }
    if sets.is_empty() {
        sets.push(std::mem::take(&mut silence.matchers));
    }
    // One without matchers would silence everything.
    if sets.iter().any(|Matchers(set)| set.is_empty()) {
        return Err(format!("the silence {} has no matchers", silence.id));
    }
    let id = |place: usize| match place {
        1 => silence.id.clone(),
        place => format!("{}-{place}", silence.id),
    };
    let one = |(place, matchers)| Silence { id: id(place), matchers, ..silence.clone() };
    Ok((1..).zip(sets).map(one).collect())
}

fn set(bytes: &[u8]) -> Result<Matchers, String> {
    let mut matchers = Matchers::default();
    each(bytes, |field| {
        match field {
            (1, Value::Bytes(bytes)) => matchers.0.push(matcher(bytes)?),
            (_, Value::Bytes(_) | Value::Number(_)) => {}
        }
        Ok(())
    })?;
    Ok(matchers)
}

fn matcher(bytes: &[u8]) -> Result<Matcher, String> {
    let (mut kind, mut name, mut pattern) = (0, String::new(), String::new());
    each(bytes, |field| {
        match field {
            (1, Value::Number(number)) => kind = number,
            (2, Value::Bytes(bytes)) => name = text(bytes)?,
            (3, Value::Bytes(bytes)) => pattern = text(bytes)?,
            (_, Value::Bytes(_) | Value::Number(_)) => {}
        }
        Ok(())
    })?;
    let op = match kind {
        0 => Op::Equals,
        1 => Op::Fits,
        2 => Op::EqualsNot,
        3 => Op::FitsNot,
        other => return Err(format!("there is no matcher of type {other}")),
    };
    Matcher::new(&name, op, &pattern)
}

fn notice(bytes: &[u8]) -> Result<Notified, String> {
    let (inner, expires_at) = unwrapped(bytes)?;
    let mut notified = Notified {
        group_key: String::new(),
        receiver: String::new(),
        integration: String::new(),
        index: 0,
        at: Timestamp::UNIX_EPOCH,
        firing: Vec::new(),
        resolved: Vec::new(),
        expires_at,
    };
    each(inner, |field| {
        match field {
            (1, Value::Bytes(bytes)) => notified.group_key = text(bytes)?,
            (2, Value::Bytes(bytes)) => receiver(bytes, &mut notified)?,
            (5, Value::Bytes(bytes)) => notified.at = instant(bytes)?,
            (6, value) => numbers(value, &mut notified.firing)?,
            (7, value) => numbers(value, &mut notified.resolved)?,
            (_, Value::Bytes(_) | Value::Number(_)) => {}
        }
        Ok(())
    })?;
    match notified.group_key.is_empty() || notified.receiver.is_empty() {
        true => Err("the entry names no group or no receiver".to_owned()),
        false => Ok(notified),
    }
}

fn receiver(bytes: &[u8], notified: &mut Notified) -> Result<(), String> {
    each(bytes, |field| {
        match field {
            (1, Value::Bytes(bytes)) => notified.receiver = text(bytes)?,
            (2, Value::Bytes(bytes)) => notified.integration = text(bytes)?,
            (3, Value::Number(number)) => {
                notified.index = u32::try_from(number).map_err(|_| "the index is too large")?;
            }
            (_, Value::Bytes(_) | Value::Number(_)) => {}
        }
        Ok(())
    })
}

/// A field's value, as far as the files have it.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Calls `take` with every field of a message, by its number.
fn each<'a>(
    mut bytes: &'a [u8],
    mut take: impl FnMut((u64, Value<'a>)) -> Result<(), String>,
) -> Result<(), String> {
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            1 => Value::Number(u64::from_le_bytes(fixed(&mut bytes)?)),
            2 => Value::Bytes(chunk(&mut bytes)?),
            5 => Value::Number(u32::from_le_bytes(fixed(&mut bytes)?).into()),
            other => return Err(format!("there is no field of type {other}")),
        };
        take((key >> 3, value))?;
    }
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut number = 0_u64;
    for place in 0..10 {
        let (first, rest) = bytes.split_first().ok_or("it ends in the middle of a number")?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << (7 * place);
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err("a number is too long".to_owned())
}

fn chunk<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let length = usize::try_from(varint(bytes)?).map_err(|_| "a length is too large")?;
    let (first, rest) = bytes.split_at_checked(length).ok_or("it ends too early")?;
    *bytes = rest;
    Ok(first)
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], String> {
    let (first, rest) = bytes.split_first_chunk::<N>().ok_or("it ends too early")?;
    *bytes = rest;
    Ok(*first)
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "a text is no UTF-8".to_owned())
}

/// Reads `google.protobuf.Timestamp`; Go's zero time is kept as it is.
fn instant(bytes: &[u8]) -> Result<Timestamp, String> {
    let (mut seconds, mut nanos) = (0_u64, 0_u64);
    each(bytes, |field| {
        match field {
            (1, Value::Number(number)) => seconds = number,
            (2, Value::Number(number)) => nanos = number,
            (_, Value::Bytes(_) | Value::Number(_)) => {}
        }
        Ok(())
    })?;
    let nanos = i32::try_from(nanos).map_err(|_| "a time has too many nanoseconds")?;
    Timestamp::new(seconds.cast_signed(), nanos).map_err(|_| "a time is out of range".to_owned())
}

/// Reads numbers, packed or one by one.
fn numbers(value: Value<'_>, into: &mut Vec<u64>) -> Result<(), String> {
    match value {
        Value::Number(number) => into.push(number),
        Value::Bytes(mut bytes) => {
            while !bytes.is_empty() {
                into.push(varint(&mut bytes)?);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

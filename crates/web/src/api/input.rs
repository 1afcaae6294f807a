//! Reading requests strictly: every refusal names the field that is to blame.
//!
//! A parameter or a field that is not known is refused, not ignored: a misspelt filter would show too much.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::{StatusCode, header, request::Parts};
use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;

use crate::app::App;
use crate::error::Error;

/// The parameters of the query, every one of them known to `T`.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

/// The JSON object in the body, every field of it known to `T`; no body at all is an object without fields.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// What the path names: text of the wrong kind names nothing.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

/// A noun that a path can name.
pub(crate) trait Noun: FromStr {
    /// How a person calls it.
    const NOUN: &'static str;
}

/// A body without fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Error> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Error::malformed("The query cannot be read."))?;
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs.0 {
            fields.entry(name).or_default().push(value);
        }
        let fields = fields.into_iter().map(|(name, values)| (name, Parameter(values)));
        Ok(Self(read(fields)?))
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        let kind = request.headers().get(header::CONTENT_TYPE).cloned();
        let body = Bytes::from_request(request, app).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Error::too_large(crate::routes::BODY_BYTES_MAX)
            } else {
                Error::malformed("The body could not be read to its end.")
            }
        })?;
        if body.is_empty() {
            return Ok(Self(read(std::iter::empty::<(String, Node)>())?));
        }
        let kind = kind.as_ref().and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let essence = kind.split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Error::unsupported("Send the body as `Content-Type: application/json`."));
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => {
                Ok(Self(read(fields.into_iter().map(|(name, value)| (name, Node(value))))?))
            }
            Ok(_) => Err(Error::malformed("The body has to be a JSON object.")),
            Err(error) => Err(Error::malformed(format!("The body is not JSON: {error}."))),
        }
    }
}

impl<T: Noun> FromRequestParts<Arc<App>> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let text = Path::<String>::from_request_parts(parts, app).await;
        let noun = text.ok().and_then(|Path(text)| text.parse().ok());
        noun.map(Self).ok_or_else(|| Error::not_found(T::NOUN))
    }
}

fn read<T, V, I>(fields: I) -> Result<T, Error>
where
    T: DeserializeOwned,
    V: Deserializer<'static, Error = Fault>,
    I: Iterator<Item = (String, V)>,
{
    let fields = Fields { rest: fields, value: None };
    let fields = de::value::MapAccessDeserializer::new(fields);
    T::deserialize(fields).map_err(|fault| Error::invalid(&fault.field, fault.why))
}

/// What is wrong, and with which field.
#[derive(Debug)]
pub(crate) struct Fault {
    field: String,
    why: String,
}

impl Fault {
    fn inside(mut self, outer: &str) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{outer}{dot}{}", self.field);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self { field: String::new(), why: format!("It cannot be used: {why}.") }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let known = if expected.is_empty() { "none".to_owned() } else { expected.join(", ") };
        Self { field: field.to_owned(), why: format!("It is not known here; known are: {known}.") }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { field: field.to_owned(), why: "It is missing.".to_owned() }
    }
}

const NUL: &str = "It holds a NUL character, which no text may.";

fn text(text: String) -> Result<String, Fault> {
    if text.contains('\0') {
        return Err(Fault { field: String::new(), why: NUL.to_owned() });
    }
    Ok(text)
}

/// Names and values, one after the other.
struct Fields<I, V> {
    rest: I,
    value: Option<(String, V)>,
}

impl<'de, I, V> MapAccess<'de> for Fields<I, V>
where
    I: Iterator<Item = (String, V)>,
    V: Deserializer<'de, Error = Fault>,
{
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        let key = seed.deserialize(IntoDeserializer::<Fault>::into_deserializer(name.as_str()))?;
        self.value = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (name, value) = self.value.take().expect("a value is asked for after its name");
        seed.deserialize(value).map_err(|fault| fault.inside(&name))
    }
}

/// Values of a list.
struct Items<I> {
    rest: I,
    at: usize,
}

impl<'de, I, V> SeqAccess<'de> for Items<I>
where
    I: Iterator<Item = V>,
    V: Deserializer<'de, Error = Fault>,
{
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        let at = format!("[{}]", self.at);
        self.at += 1;
        seed.deserialize(value).map(Some).map_err(|fault| fault.inside(&at))
    }
}

/// What a query says of one name: once for each time that it stands there.
struct Parameter(Vec<String>);

impl Parameter {
    fn once(self) -> Result<String, Fault> {
        match <[String; 1]>::try_from(self.0) {
            Ok([value]) => text(value),
            Err(_) => Err(de::Error::custom("it is given more than once")),
        }
    }
}

impl<'de> Deserializer<'de> for Parameter {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.once()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.once()?.as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(de::Error::custom("true or false is expected")),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = self.once()?.parse().map_err(|_| de::Error::custom("no whole number"));
        visitor.visit_u32(number?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(Items { rest: self.0.into_iter().map(|one| Self(vec![one])), at: 0 })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(StringDeserializer::new(self.once()?))
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u64 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// A JSON value.
struct Node(Value);

impl<'de> Deserializer<'de> for Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(value) => match (value.as_u64(), value.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (None, Some(value)) => visitor.visit_i64(value),
                (None, None) => visitor.visit_f64(value.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(value) => visitor.visit_string(text(value)?),
            Value::Array(values) => {
                visitor.visit_seq(Items { rest: values.into_iter().map(Self), at: 0 })
            }
            Value::Object(fields) => {
                let rest = fields.into_iter().map(|(name, value)| (name, Self(value)));
                visitor.visit_map(Fields { rest, value: None })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Value::String(word) = self.0 else {
            return Err(de::Error::custom("a word is expected"));
        };
        visitor.visit_enum(StringDeserializer::new(text(word)?))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

//! A receiver's message: one attachment, every text a template.

use serde::Serialize;

use crate::outbound::cut;
use crate::outbound::form::Form;

/// The longest title that Slack takes, in letters.
const TITLE_LETTERS_MAX: usize = 1_024;

/// A message, in the order of Alertmanager's fields.
#[derive(Serialize)]
pub(super) struct Post {
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    /// Which message this one changes.
    #[serde(skip_serializing_if = "String::is_empty")]
    ts: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_emoji: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_url: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    link_names: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    attachments: [Attachment; 1],
}

#[derive(Serialize)]
struct Attachment {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_link: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pretext: String,
    text: String,
    fallback: String,
    callback_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Short>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
    #[serde(skip_serializing_if = "String::is_empty")]
    image_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thumb_url: String,
    footer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    color: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mrkdwn_in: Vec<String>,
}

#[derive(Serialize)]
struct Short {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    short: bool,
}

#[derive(Serialize)]
struct Action {
    #[serde(skip_serializing_if = "String::is_empty")]
    r#type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    style: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirm>,
}

#[derive(Serialize)]
struct Confirm {
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ok_text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dismiss_text: String,
}

/// Tells whether a receiver has templates; without any it is told in our own words.
pub(super) fn is_asked_for(form: &Form<'_>) -> bool {
    ["title", "text", "fallback", "pretext", "message_text"].iter().any(|name| form.has(name))
}

impl Post {
    /// Makes it one that changes the message `ts` of `channel`.
    pub(super) fn changing(self, channel: &str, ts: &str) -> Self {
        Self { channel: channel.to_owned(), ts: ts.to_owned(), ..self }
    }
}

/// Fills in the templates.
pub(super) fn of(form: &Form<'_>) -> Result<Post, String> {
    let mut mrkdwn_in = form.texts("mrkdwn_in")?;
    if mrkdwn_in.is_empty() {
        mrkdwn_in = ["fallback", "pretext", "text"].map(str::to_owned).to_vec();
    }
    let attachment = Attachment {
        title: cut::letters(&form.text("title")?, TITLE_LETTERS_MAX),
        title_link: form.text("title_link")?,
        pretext: form.text("pretext")?,
        text: form.text("text")?,
        fallback: form.text("fallback")?,
        callback_id: form.text("callback_id")?,
        fields: fields(form)?,
        actions: form.list("actions").iter().map(action).collect::<Result<_, String>>()?,
        image_url: form.text("image_url")?,
        thumb_url: form.text("thumb_url")?,
        footer: form.text("footer")?,
        color: form.text("color")?,
        mrkdwn_in,
    };
    Ok(Post {
        channel: form.text("channel")?,
        ts: String::new(),
        username: form.text("username")?,
        icon_emoji: form.text("icon_emoji")?,
        icon_url: form.text("icon_url")?,
        link_names: form.flag("link_names"),
        text: form.text("message_text")?,
        attachments: [attachment],
    })
}

fn fields(form: &Form<'_>) -> Result<Vec<Short>, String> {
    let mut fields = Vec::new();
    for field in form.list("fields") {
        let short =
            if field.has("short") { field.flag("short") } else { form.flag("short_fields") };
        fields.push(Short { title: field.text("title")?, value: field.text("value")?, short });
    }
    Ok(fields)
}

/// A button that leads somewhere has neither a name nor a question.
fn action(form: &Form<'_>) -> Result<Action, String> {
    let leads = !form.plain("url").is_empty();
    let of = |name| if leads { Ok(String::new()) } else { form.text(name) };
    let confirm = match form.plain("confirm.text") {
        "" => None,
        _ if leads => None,
        _ => Some(Confirm {
            text: form.text("confirm.text")?,
            title: form.text("confirm.title")?,
            ok_text: form.text("confirm.ok_text")?,
            dismiss_text: form.text("confirm.dismiss_text")?,
        }),
    };
    Ok(Action {
        r#type: form.text("type")?,
        text: form.text("text")?,
        url: form.text("url")?,
        style: form.text("style")?,
        name: of("name")?,
        value: of("value")?,
        confirm,
    })
}

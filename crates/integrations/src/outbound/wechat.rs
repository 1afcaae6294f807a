//! WeChat Work: a message of an application.
//!
//! Source: WeCom's "Send application messages" and "Get access_token"; requests of Alertmanager 0.25, captured.

use serde::{Deserialize, Serialize};
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, Response, Step, outcome, url, words};

/// What WeChat answers when a token has run out.
const TOKEN_EXPIRED: i64 = 42_001;

/// WeChat Work.
pub struct Wechat;

impl Channel for Wechat {
    fn kind(&self) -> &'static str {
        "wechat"
    }

    fn about(&self) -> About {
        About {
            title: "WeChat Work",
            help: "A message of an application to people, departments or tags. Two requests: a token, then the \
                   message; when the token has just run out, both once more.",
            settings: SETTINGS,
            example: "receivers:\n  - name: oncall\n    wechat_configs:\n      - corp_id: ww0123456789\n        api_secret_file: /etc/stentor/wechat\n        agent_id: \"1000002\"\n        to_party: \"7\"",
            notes: "Tried again: 429 and 5xx. Any `errcode` but 0 in an answer is a refusal.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let (id, secret) = (form.needed("corp_id")?, form.needed("api_secret")?);
        let url = url::join(form.plain("api_url"), "gettoken");
        let url = url::with_query(&url, [("corpid", id.as_str()), ("corpsecret", secret.as_str())]);
        let mut call = Call::post(settings, url);
        (call.method, call.headers) = ("GET", vec![]);
        call.with("api_url", Vec::new())
    }

    fn next(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
        answers: &[Response],
    ) -> Step {
        let Some(last) = answers.last() else {
            return Step::of(self.request(settings, message, context));
        };
        let said = match said(last) {
            Ok(said) => said,
            Err(outcome) => return Step::Done(outcome),
        };
        let after_token = answers.len() % 2 == 1;
        match (said.errcode, after_token) {
            (0, true) if !said.access_token.is_empty() => {
                Step::of(send(&Form::new(settings, context), &said.access_token))
            }
            (0, false) => Step::Done(outcome(last)),
            (TOKEN_EXPIRED, false) if answers.len() == 2 => {
                Step::of(self.request(settings, message, context))
            }
            (code, _) => {
                let why = words::said(&format!("errcode {code}"), &said.errmsg);
                Step::Done(match code {
                    TOKEN_EXPIRED => Outcome::Retry { after: None, why },
                    _ => Outcome::Refused { why },
                })
            }
        }
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("corp_id", "The company's id; a template."),
    Field::needed("api_secret", "The application's secret; or `api_secret_file`. A template.")
        .secret(),
    Field::of("agent_id", "The application; a template."),
    Field::of("to_user, to_party, to_tag", "Who hears of it; templates."),
    Field::of("message", "What it says; a template, by default `wechat.default.message`."),
    Field::of("message_type", "`text` (the default) or `markdown`."),
    Field::of("api_url", "WeChat's address. By default `https://qyapi.weixin.qq.com/cgi-bin/`."),
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: i64,
    errmsg: String,
    access_token: String,
}

/// Reads an answer; anything but JSON with status 2xx is an outcome by itself.
fn said(answer: &Response) -> Result<Said, Outcome> {
    let (Outcome::Sent { .. }, Response::Http { body, .. }) = (outcome(answer), answer) else {
        return Err(outcome(answer));
    };
    serde_json::from_str(body).map_err(|_| {
        let why = words::said("the answer is not understood", body);
        Outcome::Retry { after: None, why }
    })
}

#[derive(Serialize)]
struct Post {
    text: Content,
    #[serde(skip_serializing_if = "String::is_empty")]
    touser: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    toparty: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    totag: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    agentid: String,
    safe: &'static str,
    msgtype: String,
    markdown: Content,
}

#[derive(Default, Serialize)]
struct Content {
    content: String,
}

fn send(form: &Form<'_>, token: &str) -> Result<Request, String> {
    let content = Content { content: form.text("message")? };
    let (text, markdown) = match form.plain("message_type") {
        "markdown" => (Content::default(), content),
        _ => (content, Content::default()),
    };
    let msgtype = match form.plain("message_type") {
        "" => "text",
        kind => kind,
    };
    let post = Post {
        text,
        touser: form.text("to_user")?,
        toparty: form.text("to_party")?,
        totag: form.text("to_tag")?,
        agentid: form.text("agent_id")?,
        safe: "0",
        msgtype: msgtype.to_owned(),
        markdown,
    };
    let url = url::join(form.plain("api_url"), "message/send");
    let url = url::with_query(&url, [("access_token", token)]);
    Call::post(form.settings, url).with("api_url", json::line(&post))
}

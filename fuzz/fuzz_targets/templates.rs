//! Templates: any text is refused, or executed within its limits, as text and as markup.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use stentor_domain::labels::Labels;
use stentor_domain::message::AlertsMessage;
use stentor_domain::template::{Data, Templates};
use stentor_go::template::OUTPUT_BYTES_MAX;

static DATA: LazyLock<Data> = LazyLock::new(|| {
    let labels: Labels = [("alertname", "<b>\"it's\"</b>"), ("team", "é\n")].into_iter().collect();
    let from = ("a person", "http://localhost:9093");
    let message = AlertsMessage::trial("a.b", Some(labels.clone()), from, Timestamp::UNIX_EPOCH);
    Data::of(&message, "first notification", &labels, Timestamp::UNIX_EPOCH)
});

fuzz_target!(|text: &str| {
    let templates = Templates::default();
    for made in [templates.text(text, &DATA), templates.html(text, &DATA)] {
        assert!(made.unwrap_or_default().len() <= OUTPUT_BYTES_MAX.max(text.len()));
    }
    // The same text as a file of definitions, among which the default templates are called.
    let file = [("custom.tmpl".to_owned(), text.to_owned())];
    if let Ok(templates) = Templates::read(&file) {
        let made = templates.html("{{ template \"email.default.html\" . }}", &DATA);
        assert!(made.unwrap_or_default().len() <= OUTPUT_BYTES_MAX);
    }
});

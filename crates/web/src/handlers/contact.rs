//! Ways to reach somebody, as they may be shown: addresses masked, secrets never.

use stentor_domain::plan::{Channel, Person, Plan};

/// Returns the address at which `channel` reaches `person`, masked; empty when the channel has one address for all.
pub(super) fn address(plan: &Plan, person: &str, channel: &str) -> String {
    let Some(person) = plan.people.get(person) else { return String::new() };
    match plan.channels.get(channel).map(|channel| channel.kind.as_str()) {
        Some("email") => person.email.as_deref().map(masked_email).unwrap_or_default(),
        Some("slack") => person.slack_id.clone().unwrap_or_default(),
        Some(_) | None => String::new(),
    }
}

/// Returns each way to reach a person, best first: the channel and the masked address.
pub(super) fn contacts(plan: &Plan, key: &str, person: &Person) -> Vec<(String, String)> {
    let notify = person.notify.iter();
    notify.map(|channel| (channel.clone(), address(plan, key, channel))).collect()
}

/// Returns where a channel leads: its settings by name, secrets masked.
pub(super) fn target(channel: &Channel) -> String {
    let settings = channel.settings.0.iter();
    let shown = settings.filter(|(_, setting)| !setting.value.is_empty()).map(|(name, setting)| {
        if setting.secret {
            format!("{name} •••")
        } else {
            format!("{name} {}", setting.value)
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn masked_email(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use stentor_domain::plan::Settings;

    #[test]
    fn a_mail_address_shows_its_first_letter_and_its_domain() {
        assert_eq!(masked_email("alice@example.com"), "a•••@example.com");
    }

    #[test]
    fn a_secret_setting_is_not_shown() {
        let mut settings = Settings::default();
        settings.set("url", "https://hooks.example.com/T0/secret", true);
        settings.set("channel", "#alerts", false);
        let channel = Channel { kind: "slack".into(), settings };
        assert_eq!(target(&channel), "channel #alerts, url •••");
    }
}

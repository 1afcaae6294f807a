//! The pages about alerts, as somebody on call uses them: silenced with a thumb, found by a link, filtered by keys.

use serde_json::{Value, json};
use stentor_e2e::browser::{ADMIN, Browser, Screen};
use stentor_e2e::process::{Running, free_port};
use stentor_e2e::server::Server;
use stentor_e2e::site::{Site, stentor};
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use tempfile::TempDir;
use thirtyfour::Key;

use crate::plans;

async fn start(screen: Screen) -> (Site, Server, Browser) {
    let mut site = Site::new(&plans::paging(9, plans::today()), plans::TO_PLATFORM);
    let server = site.start().await;
    let browser = Browser::start(screen).await;
    browser.set_up(&server.setup_link(), &ADMIN).await;
    (site, server, browser)
}

/// Returns the alerts as Alertmanager's clients see them.
async fn alerts(server: &Server) -> Vec<Value> {
    let list = server.json("/api/v2/alerts").await;
    list.as_array().expect("a list of alerts").clone()
}

/// Tells whether a thumb reaches what `css` selects without scrolling: it is in the window, above the tabs, and no
/// smaller than a thumb.
async fn is_in_reach(browser: &Browser, css: &str) -> bool {
    let body = format!(
        "const box = document.querySelector('{css}').getBoundingClientRect();
         const tabs = document.getElementById('nav').getBoundingClientRect();
         return box.top >= 0 && box.bottom <= tabs.top && box.height >= 44 && box.width >= 44;"
    );
    browser.script(&body).await == true
}

#[test]
fn an_alert_is_silenced_in_two_taps_on_a_telephone() {
    beside(async {
        let (_site, server, browser) = start(Screen::TELEPHONE).await;
        let instance = "db-1.prod.example.com";
        let labels = [("alertname", "DiskFull"), ("severity", "critical"), ("instance", instance)];
        server.fire(&labels).await;
        server.fire(&[("alertname", "SlowPages"), ("severity", "warning")]).await;
        browser.open(&server.at("/alerts")).await;
        browser.click("main a", "DiskFull").await;
        browser.find("h1", "DiskFull").await;

        let silence = "a[href^=\"/silences/new\"]";
        assert!(is_in_reach(&browser, silence).await, "{}", browser.text().await);
        browser.click(silence, "Silence").await;
        browser.find("main", "It would hit 1 of 2 firing alerts now.").await;
        let hour = "button[name=\"for\"][value=\"1h\"]";
        assert!(is_in_reach(&browser, hour).await, "{}", browser.text().await);
        browser.click(hour, "1 h").await;

        browser.find("[role=status]", "1 alert now").await;
        let id = browser.arrive("/silences/").await;
        let id = id.rsplit('/').next().expect("an address has a last part").to_owned();
        browser.find("main", "Robin Root made it.").await;
        let suppressed = until("the alert is silenced", 10, async || {
            let all = alerts(&server).await;
            all.into_iter().find(|alert| alert["status"]["state"] == "suppressed")
        })
        .await;
        assert_eq!(suppressed["labels"]["alertname"], "DiskFull");
        assert_eq!(suppressed["status"]["silencedBy"], json!([id]));

        // The list hides it, counts it, and shows by whom it is silenced when it is asked.
        browser.open(&server.at("/alerts")).await;
        browser.find("main", "SlowPages").await;
        assert!(!browser.text().await.contains("DiskFull"));
        browser.click(".toggles a", "Silenced").await;
        browser.find("main", "Silenced by Robin Root until").await;
        browser.click("main a", "DiskFull").await;
        browser.find("main", "Robin Root: Silenced from the alert DiskFull").await;
        browser.find("main", "not told while it is silenced").await;
        let wide = "return document.documentElement.scrollWidth - window.innerWidth";
        assert_eq!(browser.script(wide).await, 0, "the page is wider than the telephone");
    });
}

/// Where the links of Alertmanager's notifications lead: what stands behind `/#`, what is then seen, and a part of the
/// address.
const LINKS: &[(&str, &str, &str)] = &[
    ("/alerts?receiver=platform", "DiskFull", "/alerts?receiver=platform"),
    ("/alerts?receiver=other", "No alert matches", "/alerts?receiver=other"),
    ("/alerts?filter=%7Balertname%3D%22DiskFull%22%7D", "DiskFull", "/alerts?filter="),
    ("/alerts?filter=%7Balertname%3D%22Absent%22%7D", "No alert matches", "/alerts?filter="),
    ("/alerts?silenced=true&inhibited=false&active=true", "DiskFull", "/alerts?silenced=true"),
    (
        "/silences/new?filter=%7Balertname%3D%22DiskFull%22%7D",
        "New silence",
        "/silences/new?filter",
    ),
    ("/silences", "Silences", "/silences"),
    ("/status", "Plan", "/plan"),
];

#[test]
fn links_of_notifications_lead_to_the_page_that_they_mean() {
    beside(async {
        let (_site, server, browser) = start(Screen::LAPTOP).await;
        server.fire(&[("alertname", "DiskFull"), ("severity", "critical")]).await;
        let silence = json!({ "matchers": ["alertname=\"Absent\""], "duration": "1h" });
        let made = server.post("/api/v1/silences", &silence).await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.json()["id"].as_str().expect("a silence has an id").to_owned();
        for (fragment, seen, address) in LINKS {
            // A link is opened in a new place: from a page with the same path the browser would only change the `#`.
            browser.open("about:blank").await;
            browser.open(&server.at(&format!("/#{fragment}"))).await;
            let url = browser.arrive(address).await;
            browser.find("main", seen).await;
            assert!(!url.contains('#'), "{url}");
        }
        let matchers = "return document.getElementById('matchers')?.value ?? ''";
        browser.open(&server.at("/#/silences/new?filter=%7Bjob%3D%22a%26b%22%7D")).await;
        browser.arrive("/silences/new").await;
        assert_eq!(browser.script(matchers).await, "job=\"a&b\"");
        browser.open(&server.at(&format!("/#/silences/{id}"))).await;
        browser.find("h1", "alertname=\"Absent\"").await;
        // Already on the first page, only the fragment changes.
        browser.open(&server.at("/")).await;
        browser.find("h1", "Now").await;
        browser.script("location.hash = '#/alerts?receiver=platform'").await;
        browser.arrive("/alerts?receiver=platform").await;

        // Somebody who is not signed in is led there by way of the door.
        let stranger = Browser::start(Screen::TELEPHONE).await;
        stranger.open(&server.at("/#/alerts?filter=%7Balertname%3D%22DiskFull%22%7D")).await;
        stranger.sign_in(&ADMIN).await;
        stranger.arrive("/alerts?filter=").await;
        stranger.find("main a", "DiskFull").await;
    });
}

#[test]
fn in_the_place_of_alertmanager_a_link_needs_nobody_to_sign_in() {
    beside(async {
        let folder = TempDir::with_prefix("stentor-open-").expect("a temporary folder can be made");
        let config = folder.path().join("alertmanager.yml");
        let text = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";
        std::fs::write(&config, text).expect("a file can be written");
        let port = free_port();
        let mut command = stentor();
        command.arg("alertmanager").arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command.arg("--web.route-prefix=/am");
        let mut running = Running::start(&mut command, "", &folder.path().join("log"));
        let url = format!("http://localhost:{port}/am");
        let http = reqwest::Client::new();
        let body = json!([{ "labels": { "alertname": "DiskFull" } }]);
        until("the alert is accepted", 30, async || {
            running.assert_alive();
            let request = http.post(format!("{url}/api/v2/alerts")).json(&body);
            request.send().await.ok().filter(|answer| answer.status() == 200).map(drop)
        })
        .await;
        let browser = Browser::start(Screen::TELEPHONE).await;
        browser.open(&format!("{url}/#/alerts?receiver=nobody")).await;
        browser.arrive("/am/alerts?receiver=nobody").await;
        browser.click("main a", "DiskFull").await;
        browser.click("main a", "Silence").await;
        browser.fill("created_by", "Eva").await;
        browser.click("button[name=\"for\"]", "30 min").await;
        browser.find("main", "Eva made it.").await;
        browser.arrive("/am/silences/").await;
    });
}

#[test]
fn the_list_follows_what_fires_and_resolves_without_a_reload() {
    beside(async {
        let (_site, server, browser) = start(Screen::LAPTOP).await;
        browser.open(&server.at("/alerts")).await;
        browser.find("main", "No alert yet").await;
        browser.script("window.loadedOnce = true").await;
        server.fire(&[("alertname", "DiskFull"), ("severity", "critical")]).await;
        browser.find("main a", "DiskFull").await;
        server.fire(&[("alertname", "SlowPages"), ("severity", "warning")]).await;
        browser.find("main a", "SlowPages").await;
        // What somebody types meanwhile stays.
        browser.fill("filter", "severity=").await;
        let over = json!([{ "labels": { "alertname": "DiskFull", "severity": "critical" },
                            "endsAt": jiff::Timestamp::now().to_string() }]);
        assert_eq!(server.ingest(over.to_string()).await.status, 200);
        browser.find("main .toggles", "Firing 1").await;
        let text = browser.text().await;
        assert!(text.contains("SlowPages") && !text.contains("DiskFull"), "{text}");
        let same = "return window.loadedOnce === true && document.getElementById('filter').value";
        assert_eq!(browser.script(same).await, "severity=");
    });
}

#[test]
fn the_filter_is_used_by_keys_alone() {
    beside(async {
        let (_site, server, browser) = start(Screen::LAPTOP).await;
        server.fire(&[("alertname", "DiskFull"), ("severity", "critical")]).await;
        server.fire(&[("alertname", "SlowPages"), ("severity", "warning")]).await;
        browser.find("main", "DiskFull").await;
        browser.press("ga").await;
        browser.find("h1", "Alerts").await;
        browser.find("main a", "SlowPages").await;

        let focused = "return document.activeElement.id";
        browser.press("/").await;
        assert_eq!(browser.script(focused).await, "filter");
        browser.press("alertname=~\"Slow.*\"").await;
        browser.press(Key::Enter).await;
        browser.arrive("/alerts?filter=alertname").await;
        browser.find("main .toggles", "Firing 1").await;
        assert!(!browser.text().await.contains("DiskFull"));

        browser.press("/").await;
        browser.press(Key::Escape).await;
        assert_ne!(browser.script(focused).await, "filter", "Escape leaves the field");
        // A filter that cannot be read says so, keeps what was typed, and hides the list.
        browser.fill("filter", "alertname=~\"(\"").await;
        browser.press(Key::Enter).await;
        browser.find("[role=alert]", "The filter cannot be read").await;
        let typed = "return document.getElementById('filter').value";
        assert_eq!(browser.script(typed).await, "alertname=~\"(\"");

        // From the top of the page the first stop leads to the content.
        browser.open(&server.at("/alerts")).await;
        browser.press(Key::Tab).await;
        let first = "return document.activeElement.className";
        assert_eq!(browser.script(first).await, "skip");
        browser.press(Key::Enter).await;
        browser.press(Key::Tab).await;
        let inside = "return document.getElementById('main').contains(document.activeElement)";
        assert_eq!(browser.script(inside).await, true);
    });
}

//! A real browser without a screen.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::net::TcpStream;

use crate::process::{Running, free_port};
use crate::wait::until;

/// So many seconds may pass until something that was asked for is to be seen.
const SEEN_WITHIN_S: u64 = 20;

/// A browser with an empty profile.
#[derive(Debug)]
pub struct Browser {
    driver: Option<WebDriver>,
    // Dropped after the driver, and before the profile: it ends chromedriver and every process of the browser.
    _process: Running,
    _profile: TempDir,
}

/// How large the window is, in CSS pixels, and how it looks.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
    /// How many pixels of the screen a CSS pixel has, along each side.
    pub pixel_ratio: f64,
    /// Whether the reader prefers dark.
    pub dark: bool,
}

impl Screen {
    /// A small laptop.
    pub const LAPTOP: Self = Self { width: 1280, height: 860, pixel_ratio: 1.0, dark: false };

    /// A telephone, at night.
    pub const TELEPHONE: Self = Self { width: 390, height: 844, pixel_ratio: 2.0, dark: true };
}

impl Browser {
    /// Starts a browser.
    pub async fn start(screen: Screen) -> Self {
        let profile = TempDir::with_prefix("stentor-web-").expect("a temporary folder can be made");
        let port = free_port();
        let mut command = Command::new("/usr/bin/chromedriver");
        command.arg(format!("--port={port}")).arg("--log-level=WARNING");
        let mut process =
            Running::start(&mut command, "chromium-driver", &profile.path().join("log"));
        until("chromedriver listens", SEEN_WITHIN_S, async || {
            process.assert_alive();
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        let mut capabilities = DesiredCapabilities::chrome();
        let data = format!("--user-data-dir={}", profile.path().join("data").display());
        let mut arguments = vec![
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=en",
            &data,
        ];
        if screen.dark {
            arguments.push("--blink-settings=preferredColorScheme=0");
        }
        for argument in arguments {
            capabilities.add_arg(argument).expect("an argument is text");
        }
        let Screen { width, height, pixel_ratio, dark: _ } = screen;
        let is_telephone = width < 600;
        let emulation = json!({ "deviceMetrics": {
            "width": width, "height": height, "pixelRatio": pixel_ratio,
            "mobile": is_telephone, "touch": is_telephone,
        }});
        let added = capabilities.add_experimental_option("mobileEmulation", emulation);
        added.expect("an option is JSON");
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
        let driver = driver.expect("chromedriver starts Chromium (package chromium)");
        Self { driver: Some(driver), _process: process, _profile: profile }
    }

    /// Returns the way to the browser.
    pub fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("the driver is there until the browser is dropped")
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.driver().goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Waits until an element that `css` selects and that can be seen has `text` in it; returns it.
    pub async fn find(&self, css: &str, text: &str) -> WebElement {
        let what = format!("an element {css} with the text `{text}`");
        let found = tokio::time::timeout(
            std::time::Duration::from_secs(SEEN_WITHIN_S),
            until(&what, SEEN_WITHIN_S * 2, async || self.look(css, text).await),
        );
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("waited for {what} in vain; the page is:\n{}", self.text().await),
        }
    }

    async fn look(&self, css: &str, text: &str) -> Option<WebElement> {
        for element in self.driver().find_all(By::Css(css)).await.ok()? {
            let seen = element.is_displayed().await.unwrap_or(false);
            if seen && element.text().await.is_ok_and(|has| has.contains(text)) {
                return Some(element);
            }
        }
        None
    }

    /// Clicks on what [`Browser::find`] finds.
    pub async fn click(&self, css: &str, text: &str) {
        let element = self.find(css, text).await;
        element.click().await.unwrap_or_else(|error| panic!("click on {css} {text}: {error}"));
    }

    /// Types into the field with this id, which was empty or is emptied.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.find(&format!("#{id}"), "").await;
        field.clear().await.expect("a field can be emptied");
        field.send_keys(text).await.expect("a field takes keys");
    }

    /// Presses keys where the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let focused = self.driver().active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.expect("what has the focus takes keys");
    }

    /// Runs a function's body in the page and returns what it returns.
    pub async fn script(&self, body: &str) -> serde_json::Value {
        let returned = self.driver().execute(body, vec![]).await;
        returned.unwrap_or_else(|error| panic!("{body}: {error}")).json().clone()
    }

    /// Waits until the address has `part` in it, before any `#`; returns the address.
    pub async fn arrive(&self, part: &str) -> String {
        until(&format!("an address with {part}"), SEEN_WITHIN_S, async || {
            let url = self.driver().current_url().await.ok()?.to_string();
            url.split('#').next().is_some_and(|path| path.contains(part)).then_some(url)
        })
        .await
    }

    /// Returns the address and the text that the reader sees.
    pub async fn text(&self) -> String {
        let url = self.driver().current_url().await.map(|url| url.to_string()).unwrap_or_default();
        let body = self.driver().find(By::Css("body")).await;
        let text = match body {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        format!("{url}\n{text}")
    }

    /// Writes what the reader sees to a PNG file.
    pub async fn screenshot(&self, file: &Path) {
        self.driver().screenshot(file).await.expect("a screenshot can be taken and written");
    }

    /// Makes the first administrator under the setup link; they are signed in afterwards.
    pub async fn set_up(&self, link: &str, admin: &Admin) {
        self.open(link).await;
        self.fill("login", admin.login).await;
        self.fill("name", admin.name).await;
        self.fill("email", admin.email).await;
        self.fill("password", admin.password).await;
        self.fill("confirm", admin.password).await;
        self.click("main button", "Make the account").await;
        self.find("h1", "Now").await;
    }

    /// Signs in on the page that asks for it, which has to be shown.
    pub async fn sign_in(&self, admin: &Admin) {
        self.fill("login", admin.login).await;
        self.fill("password", admin.password).await;
        self.click("main button", "Sign in").await;
    }
}

/// Somebody who signs in.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    /// The login.
    pub login: &'static str,
    /// The name.
    pub name: &'static str,
    /// The mail address.
    pub email: &'static str,
    /// The password.
    pub password: &'static str,
}

/// The administrator of every test.
pub const ADMIN: Admin = Admin {
    login: "root",
    name: "Robin Root",
    email: "robin@example.com",
    password: "a horn that fifty men would envy",
};

impl Drop for Browser {
    fn drop(&mut self) {
        // Nobody says good-bye to a browser that is killed.
        if let Some(driver) = self.driver.take() {
            let _ = driver.leak();
        }
    }
}

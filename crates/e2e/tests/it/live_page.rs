//! Pages live: what happens is seen at once, without a reload; and everything is read without JavaScript too.

use stentor_e2e::browser::{ADMIN, Browser, Screen};
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;

use crate::plans;

#[test]
fn a_new_page_appears_without_a_reload_and_without_javascript() {
    beside(async {
        let mut site = Site::new(&plans::paging(9, plans::today()), plans::TO_PLATFORM);
        let server = site.start().await;
        let browser = Browser::start(Screen::LAPTOP).await;
        browser.set_up(&server.setup_link(), &ADMIN).await;
        let driver = browser.driver();
        driver.execute("window.loadedOnce = true", vec![]).await.unwrap();

        server
            .fire(&[("alertname", "DiskFull"), ("severity", "critical"), ("instance", "db-1")])
            .await;
        browser.find("main", "DiskFull").await;
        browser.find("h2", "Needs an answer").await;
        let same = driver.execute("return window.loadedOnce === true", vec![]).await.unwrap();
        assert_eq!(same.json(), &true, "the page was loaded anew");

        browser.click("main button", "Acknowledge").await;
        browser.find("h2", "Being worked on").await;

        // The same page as a browser without JavaScript gets it.
        let cookies = driver.get_all_cookies().await.unwrap();
        let cookies: Vec<_> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let request = server.http.get(server.at("/")).header("cookie", cookies.join("; "));
        let plain = server.send(request.header("accept", "text/html")).await;
        assert_eq!(plain.status, 200);
        assert!(plain.header("content-type").starts_with("text/html"), "{plain:?}");
        assert!(plain.text.contains("DiskFull"), "{}", plain.text);
        assert!(plain.text.contains("Robin Root"), "{}", plain.text);
        let policy = plain.header("content-security-policy");
        assert!(policy.contains("script-src 'self'"), "{policy}");
    });
}

//! `stentor alertmanager` in the place of Debian's program: its flags, its files, amtool, certificates and users.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use stentor_e2e::process::{Ended, Running, built, free_port, run};
use stentor_e2e::site::stentor;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use tempfile::TempDir;

/// Notifies nobody.
const QUIET: &str = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";

/// The program under the original's name, with its configuration and its data.
struct Place {
    folder: TempDir,
    port: u16,
}

impl Place {
    fn new() -> Self {
        let folder =
            TempDir::with_prefix("stentor-place-").expect("a temporary folder can be made");
        symlink(built("stentor"), folder.path().join("alertmanager")).expect("a link can be made");
        let place = Self { folder, port: free_port() };
        place.write("alertmanager.yml", QUIET);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.at(name), text).expect("a file can be written");
    }

    fn command(&self, flags: &[&str]) -> Command {
        let mut command = Command::new(self.at("alertmanager"));
        command.current_dir(self.folder.path()).args(flags);
        command.arg(format!("--web.listen-address=127.0.0.1:{}", self.port));
        command
    }

    /// Starts it and waits until `url` answers amtool.
    async fn start(&self, flags: &[&str], amtool: &[&str], url: &str) -> Running {
        let mut running = Running::start(&mut self.command(flags), "", &self.at("log"));
        until("amtool is answered", 30, async || {
            running.assert_alive();
            let ended = self.amtool(amtool, url, &["config", "show"]);
            (ended.code == 0).then_some(())
        })
        .await;
        running
    }

    fn amtool(&self, flags: &[&str], url: &str, args: &[&str]) -> Ended {
        let mut command = Command::new("/usr/bin/amtool");
        command.arg(format!("--alertmanager.url={url}")).args(flags).args(args);
        run(&mut command, "prometheus-alertmanager")
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

async fn ask(method: reqwest::Method, url: &str) -> (u16, String) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().expect("a client without TLS can be made");
    let answer = client.request(method, url).send().await.expect("the server answers");
    let status = answer.status().as_u16();
    (status, answer.text().await.expect("the answer is complete"))
}

#[test]
fn the_originals_flags_and_amtool_work_and_sigterm_ends_it() {
    beside(async {
        let place = Place::new();
        let flags = [
            "--config.file=alertmanager.yml",
            "-storage.path",
            "kept/deep",
            "--data.retention=120h",
            "--cluster.peer=a.example:9094",
            "--cluster.settle-timeout=1m0s",
            "--log.level=debug",
        ];
        let url = place.url("");
        let mut running = place.start(&flags, &[], &url).await;
        assert!(place.at("kept/deep/stentor.db").is_file());
        let cluster = place.amtool(&[], &url, &["cluster", "show"]);
        assert!(cluster.out.contains("ready"), "{}{}", cluster.out, cluster.err);
        assert_eq!(place.amtool(&[], &url, &["alert", "add", "alertname=A"]).code, 0);
        let found = place.amtool(&[], &url, &["alert", "query"]);
        assert!(found.out.contains("active") && found.err.is_empty(), "{}{}", found.out, found.err);
        assert_eq!(ask(reqwest::Method::GET, &place.url("/api/v1/alerts")).await.0, 410);
        assert_eq!(ask(reqwest::Method::HEAD, &place.url("/-/ready")).await.0, 200);
        let said = running.said();
        assert!(
            said.contains("level=warn msg=\"no effect: ") && said.contains("--cluster.peer"),
            "{said}"
        );
        running.signal("TERM");
        until("it ends", 15, async || running.has_ended()).await;
        assert_eq!(running.has_ended(), Some(0));
    });
}

#[test]
fn a_silence_is_kept_as_long_as_the_flag_says() {
    beside(async {
        let place = Place::new();
        let url = place.url("");
        let _running = place.start(&["--data.retention=1s"], &[], &url).await;
        let silence = ["silence", "add", "alertname=A", "--comment=why", "--author=ana"];
        let id = place.amtool(&[], &url, &silence).out.trim().to_owned();
        let show = place.url(&format!("/api/v2/silence/{id}"));
        assert_eq!(ask(reqwest::Method::GET, &show).await.0, 200);
        assert_eq!(place.amtool(&[], &url, &["silence", "expire", &id]).code, 0);
        until("it is forgotten", 15, async || {
            (ask(reqwest::Method::GET, &show).await.0 == 404).then_some(())
        })
        .await;
    });
}

#[test]
fn a_bad_file_is_refused_at_the_start_and_by_a_reload() {
    beside(async {
        let place = Place::new();
        let url = place.url("");
        let running = place.start(&["--cluster.listen-address="], &[], &url).await;
        let reload = place.url("/-/reload");
        assert_eq!(ask(reqwest::Method::POST, &reload).await, (200, String::new()));
        assert_eq!(ask(reqwest::Method::GET, &reload).await.0, 405);

        place.write("alertmanager.yml", &QUIET.replace("receiver: nobody", "receiver: sombody"));
        let (status, why) = ask(reqwest::Method::POST, &reload).await;
        assert_eq!(status, 500, "{why}");
        assert!(why.contains("alertmanager.yml:1:"), "{why}");
        let metric = "alertmanager_config_last_reload_successful";
        let metrics = ask(reqwest::Method::GET, &place.url("/metrics")).await.1;
        assert!(metrics.contains(&format!("\n{metric} 0\n")), "{metrics}");
        assert!(place.amtool(&[], &url, &["config", "show"]).out.contains("nobody"));

        let mended = QUIET.replace("nobody", "team");
        place.write("alertmanager.yml", &mended);
        running.signal("HUP");
        until("the mended file is in force", 10, async || {
            place.amtool(&[], &url, &["config", "show"]).out.contains("team").then_some(())
        })
        .await;
        drop(running);

        place.write("alertmanager.yml", "route: {}\n");
        let ended = run(&mut place.command(&[]), "");
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(ended.err.contains("alertmanager.yml:1:"), "{}", ended.err);
    });
}

#[test]
fn everything_is_below_the_path_of_the_external_url() {
    beside(async {
        let place = Place::new();
        let url = place.url("/am");
        let _running = place.start(&["--web.external-url=http://example.com/am/"], &[], &url).await;
        assert_eq!(ask(reqwest::Method::GET, &place.url("/")).await.0, 303);
        assert_eq!(ask(reqwest::Method::GET, &place.url("/am/-/healthy")).await.0, 200);
        assert_eq!(ask(reqwest::Method::GET, &place.url("/-/healthy")).await.0, 404);
        let page = ask(reqwest::Method::GET, &place.url("/am/alerts")).await.1;
        assert!(page.contains("./static/stentor.css"), "{page}");
    });
}

#[test]
fn amtool_comes_in_with_certificate_and_password() {
    beside(async {
        let place = Place::new();
        certificate(&place.at("tls"));
        place.write("web.yml", WEB);
        let tls = format!("tls_config: {{ ca_file: {} }}\n", place.at("tls.crt").display());
        let login = "basic_auth: { username: ana, password: secret }\n";
        place.write("http.yml", &format!("{login}{tls}"));
        place.write("nobody.yml", &tls);
        let url = format!("https://localhost:{}", place.port);
        let http = format!("--http.config.file={}", place.at("http.yml").display());
        let _running = place.start(&["--web.config.file=web.yml"], &[&http], &url).await;
        let nobody = format!("--http.config.file={}", place.at("nobody.yml").display());
        let none = place.amtool(&[&nobody], &url, &["config", "show"]);
        assert!(none.code != 0, "{}{}", none.out, none.err);
    });
}

/// What `--web.config.file` holds; the hash is of `secret`.
const WEB: &str = "\
tls_server_config: { cert_file: tls.crt, key_file: tls.key }
basic_auth_users: { ana: '$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW' }
";

/// Makes a certificate for `localhost`, which signs itself.
fn certificate(stem: &Path) {
    let (key, crt) = (stem.with_extension("key"), stem.with_extension("crt"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    command.args(["-nodes", "-days", "30", "-subj", "/CN=localhost"]);
    command.args(["-addext", "subjectAltName=DNS:localhost"]);
    command.arg("-keyout").arg(key).arg("-out").arg(crt);
    let ended = run(&mut command, "openssl");
    assert_eq!(ended.code, 0, "{}", ended.err);
}

#[test]
fn promtool_accepts_the_metrics() {
    beside(async {
        let place = Place::new();
        let _running = place.start(&[], &[], &place.url("")).await;
        let metrics = ask(reqwest::Method::GET, &place.url("/metrics")).await.1;
        place.write("metrics", &metrics);
        let mut command = Command::new("sh");
        command.args(["-c", "promtool check metrics < \"$1\"", "sh"]).arg(place.at("metrics"));
        let ended = run(&mut command, "prometheus");
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    });
}

#[test]
fn the_command_says_whose_place_it_takes() {
    let mut command = stentor();
    let ended = run(command.args(["alertmanager", "--version"]), "");
    assert!(ended.out.starts_with("alertmanager, version 0.25.0 "), "{}", ended.out);
}

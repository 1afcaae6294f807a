//! Mails, to a smarthost that takes the protocol at its word.

use std::net::SocketAddr;

use stentor_integrations::http_config::TlsConfig;
use stentor_integrations::outbound::{Login, Mail, Secret, Tls};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;

/// What a smarthost does: its extensions, and answers that differ from the kind ones.
struct Smarthost {
    extensions: &'static [&'static str],
    /// Prefix of a command (`greeting` and `end` too) and the answer; an empty answer hangs up, `…` is silence.
    answers: &'static [(&'static str, &'static str)],
}

const KIND: Smarthost = Smarthost { extensions: &["8BITMIME", "AUTH PLAIN LOGIN"], answers: &[] };

impl Smarthost {
    fn answer(&self, command: &str, kind: &str) -> String {
        let own = self.answers.iter().find(|(prefix, _)| command.starts_with(prefix));
        own.map_or(kind, |(_, answer)| *answer).to_owned()
    }

    /// Serves one session; yields every line that came.
    async fn serve(self) -> (SocketAddr, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let session = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            let mut seen = Vec::new();
            let mut in_mail = false;
            let mut answer = self.answer("greeting", "220 kind.example");
            loop {
                match answer.as_str() {
                    "" => return seen,
                    "…" => std::future::pending().await,
                    _ if in_mail && answer == "+" => {}
                    text => write.write_all(format!("{text}\r\n").as_bytes()).await.unwrap(),
                }
                let Ok(Some(line)) = lines.next_line().await else { return seen };
                seen.push(line.clone());
                answer = match line.as_str() {
                    "." if in_mail => {
                        in_mail = false;
                        self.answer("end", "250 2.0.0 queued as 42")
                    }
                    _ if in_mail => "+".to_owned(),
                    "QUIT" => self.answer("QUIT", "221 bye"),
                    "DATA" => {
                        let answer = self.answer("DATA", "354 go on");
                        in_mail = answer.starts_with("354");
                        answer
                    }
                    hello if hello.starts_with("EHLO") => {
                        let more: String =
                            self.extensions.iter().map(|one| format!("250-{one}\r\n")).collect();
                        self.answer("EHLO", &format!("250-kind.example\r\n{more}250 HELP"))
                    }
                    login if login.starts_with("AUTH") => self.answer("AUTH", "235 welcome"),
                    other => self.answer(other, "250 fine"),
                };
            }
        });
        (address, session)
    }
}

fn mail(at: SocketAddr) -> Mail {
    Mail {
        smarthost: at.to_string(),
        hello: "stentor.example.com".to_owned(),
        tls: Tls::None,
        tls_config: TlsConfig::default(),
        login: None,
        from: "Stentor <stentor@example.com>".to_owned(),
        to: vec!["ana@example.com".to_owned(), "Ben Öst <ben@example.org>".to_owned()],
        subject: "[Sev-1] Größe über alles".to_owned(),
        text: ".\n..dots\nend é\n".to_owned(),
        html: "<p>é</p>".to_owned(),
        headers: vec![("Message-ID".to_owned(), "<dlv_1@example.com>".to_owned())],
        timeout: PATIENCE,
    }
}

fn login() -> Option<Login> {
    let password = Secret::new("s3cret");
    let (secret, identity) = (Secret::default(), String::new());
    Some(Login { username: "stentor".to_owned(), password, secret, identity })
}

async fn send(mail: Mail) -> (String, &'static str) {
    why(open().send(Request::Mail(Box::new(mail))).await)
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let (at, session) = KIND.serve().await;
    let mut mail = mail(at);
    mail.login = login();
    assert_eq!(send(mail).await, ("250 2.0.0 queued as 42".to_owned(), "answered"));
    let seen = session.await.unwrap();
    assert_eq!(seen[0], "EHLO stentor.example.com");
    assert_eq!(seen[1], "AUTH PLAIN AHN0ZW50b3IAczNjcmV0");
    assert!(seen[2].starts_with("MAIL FROM:<stentor@example.com>"), "{}", seen[2]);
    assert_eq!(seen[3..6], ["RCPT TO:<ana@example.com>", "RCPT TO:<ben@example.org>", "DATA"]);
    let head = seen.iter().position(String::is_empty).unwrap();
    let has = |start: &str| seen[..head].iter().any(|line| line.starts_with(start));
    for start in ["Message-ID: <dlv_1@example.com>", "Date: ", "Subject: ", "To: ana@example.com"] {
        assert!(has(start), "no {start} in {:?}", &seen[..head]);
    }
    assert!(has("Content-Type: multipart/alternative"));
    assert_eq!(seen.iter().filter(|line| line.starts_with("Content-Type: text/")).count(), 2);
    // A lone dot ends a mail, so one that belongs to the text is doubled on the wire.
    assert!(seen.iter().any(|line| line == "..") && seen.iter().any(|line| line == "...dots"));
}

#[tokio::test]
async fn a_smarthosts_refusal_comes_back_word_for_word() {
    let table: [(&[_], &str); 5] = [
        (&[("greeting", "421 4.3.2 too busy")], "421 4.3.2 too busy"),
        (&[("MAIL", "451 4.7.1 greylisted")], "451 4.7.1 greylisted"),
        (&[("RCPT", "550 5.1.1 no such user")], "550 5.1.1 no such user"),
        (&[("DATA", "554 5.7.1 not here")], "554 5.7.1 not here"),
        (&[("end", "552 5.3.4 too big")], "552 5.3.4 too big"),
    ];
    for (answers, expected) in table {
        let (at, _session) = Smarthost { answers, ..KIND }.serve().await;
        assert_eq!(send(mail(at)).await, (expected.to_owned(), "answered"));
    }
}

#[tokio::test]
async fn a_wrong_password_is_an_answer() {
    let answers = &[("AUTH", "535 5.7.8 who are you")];
    let (at, _session) = Smarthost { answers, ..KIND }.serve().await;
    let refused = send(Mail { login: login(), ..mail(at) }).await;
    assert_eq!(refused, ("535 5.7.8 who are you".to_owned(), "answered"));
}

#[tokio::test]
async fn without_starttls_nothing_leaves() {
    let (at, session) = KIND.serve().await;
    let (why, what) = send(Mail { tls: Tls::Starttls, ..mail(at) }).await;
    assert_eq!((why.as_str(), what), ("STARTTLS is not supported on this server", "blocked"));
    let seen = session.await.unwrap();
    assert!(!seen.iter().any(|line| line.starts_with("MAIL")), "{seen:?}");
}

#[tokio::test]
async fn a_forbidden_smarthost_is_blocked() {
    for host in ["127.0.0.1:25", "[::1]:25", "localhost:25", "169.254.169.254:25", "127.1:25"] {
        let mail = Mail { smarthost: host.to_owned(), ..mail(([127, 0, 0, 1], 25).into()) };
        let (why, what) = why(guarded().send(Request::Mail(Box::new(mail))).await);
        assert_eq!(what, "blocked", "{host}: {why}");
        assert!(why.starts_with("outbound address "), "{host}: {why}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_blocked_by_name() {
    let nowhere = ([127, 0, 0, 1], 9).into();
    let to = vec!["ana at example".to_owned()];
    let (why, what) = send(Mail { to, ..mail(nowhere) }).await;
    assert!(what == "blocked" && why.contains("`ana at example`"), "{what}: {why}");
    let from = "stentor@example.com Bcc: x@example.com".to_owned();
    assert_eq!(send(Mail { from, ..mail(nowhere) }).await.1, "blocked");
}

#[tokio::test]
async fn who_falls_silent_or_hangs_up_after_the_mail_may_have_taken_it() {
    for answers in [&[("end", "")], &[("end", "…")]] {
        let (at, _session) = Smarthost { answers, ..KIND }.serve().await;
        let (why, what) = send(Mail { timeout: IMPATIENCE, ..mail(at) }).await;
        assert_eq!(what, "perhaps sent", "{why}");
    }
    for answers in [&[("greeting", "")], &[("greeting", "…")], &[("EHLO", "…")]] {
        let (at, _session) = Smarthost { answers, ..KIND }.serve().await;
        let (why, what) = send(Mail { timeout: IMPATIENCE, ..mail(at) }).await;
        assert_eq!(what, "not sent", "{why}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(send(mail(at)).await.1, "not sent");
}

#[tokio::test]
async fn a_secret_is_proved_and_not_told() {
    // The example of RFC 2195.
    let answers = &[
        ("AUTH", "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"),
        ("dGltIG", "235 welcome"),
    ];
    let (at, session) = Smarthost { answers, ..KIND }.serve().await;
    let login = Some(Login {
        username: "tim".to_owned(),
        password: Secret::default(),
        secret: Secret::new("tanstaaftanstaaf"),
        identity: String::new(),
    });
    assert_eq!(send(Mail { login, ..mail(at) }).await.1, "answered");
    let seen = session.await.unwrap();
    assert_eq!(seen[1], "AUTH CRAM-MD5");
    assert_eq!(seen[2], "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
}

#[tokio::test]
async fn an_identity_is_told_and_own_headers_stand_in_the_mail() {
    let (at, session) = KIND.serve().await;
    let login = login().map(|login| Login { identity: "boss".to_owned(), ..login });
    let mut mail = Mail { login, html: String::new(), ..mail(at) };
    mail.headers.push(("To".to_owned(), "Team <team@example.com>".to_owned()));
    assert_eq!(send(mail).await.1, "answered");
    let seen = session.await.unwrap();
    assert_eq!(seen[1], "AUTH PLAIN Ym9zcwBzdGVudG9yAHMzY3JldA==");
    assert_eq!(seen[3..5], ["RCPT TO:<ana@example.com>", "RCPT TO:<ben@example.org>"]);
    assert!(seen.iter().any(|line| line == "To: Team <team@example.com>"));
    assert_eq!(seen.iter().filter(|line| line.starts_with("Content-Type: text/")).count(), 1);
}

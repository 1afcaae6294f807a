//! A real SMTP server, and what it has received.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::process::{Running, free_port};
use crate::wait::until;

/// An SMTP server on loopback that puts every mail into a folder.
#[derive(Debug)]
pub struct MailServer {
    _process: Running,
    /// Where it listens.
    pub port: u16,
    folder: TempDir,
}

/// A mail as it was received.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom the sending server said that it goes.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// Everything, headers included, with quoted-printable undone.
    pub text: String,
}

impl MailServer {
    /// Starts the server and waits until it takes connections.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("stentor-mail-").expect("a temporary folder can be made");
        let port = free_port();
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-m", "aiosmtpd", "--nosetuid", "--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--class", "aiosmtpd.handlers.Mailbox"]).arg(folder.path().join("mails"));
        let mut process =
            Running::start(&mut command, "python3-aiosmtpd", &folder.path().join("log"));
        until("the SMTP server listens (package python3-aiosmtpd)", 20, async || {
            process.assert_alive();
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        Self { _process: process, port, folder }
    }

    /// Returns the mails received so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        let entries = std::fs::read_dir(self.folder.path().join("mails/new"));
        let mut files: Vec<_> = entries.into_iter().flatten().flatten().collect();
        files.sort_by_key(|file| file.metadata().and_then(|file| file.modified()).ok());
        files.into_iter().map(|file| read(file.path())).collect()
    }
}

impl Mail {
    /// Returns the path of the link that answers the page, without the server's address.
    pub fn answer_path(&self) -> String {
        let start = self.text.find("/l/").expect("the mail has an answer link");
        let of_path = |letter: &char| letter.is_ascii_alphanumeric() || "/_-".contains(*letter);
        self.text[start..].chars().take_while(of_path).collect()
    }
}

fn read(file: PathBuf) -> Mail {
    let raw = std::fs::read(file).expect("a mail can be read");
    let text = unquoted(&raw);
    let header = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default().trim().to_owned()
    };
    Mail { to: header("X-RcptTo"), subject: header("Subject"), text }
}

/// Undoes quoted-printable: `=3D` is `=`, and a line that ends in `=` goes on in the next.
fn unquoted(raw: &[u8]) -> String {
    let mut out = Vec::new();
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = match (byte, code) {
            (b'=', _) if after.starts_with(b"\r\n") => &after[2..],
            (b'=', _) if after.starts_with(b"\n") => &after[1..],
            (b'=', Some(code)) => {
                out.push(code);
                &after[2..]
            }
            _ => {
                out.push(byte);
                after
            }
        };
    }
    String::from_utf8_lossy(&out).into_owned()
}

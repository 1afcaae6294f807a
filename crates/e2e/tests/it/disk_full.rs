//! A full disk: what cannot be kept is refused, what was accepted is kept, and it goes on when there is room.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use stentor_e2e::process::run;
use stentor_e2e::sink::Sink;
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use tempfile::TempDir;

use crate::plans;

/// A disk of its own, in memory.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Self {
        let folder = TempDir::with_prefix("stentor-disk-").expect("a temporary folder");
        let options = ["-t", "tmpfs", "-o", "size=6m", "tmpfs"];
        let mounted = run(Command::new("mount").args(options).arg(folder.path()), "mount");
        assert_eq!(mounted.code, 0, "only root can mount a disk: {}", mounted.err);
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills the disk to its last byte and returns the file that does.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("filler");
        let mut file = std::fs::File::create(&path).expect("an empty file has room");
        for size in [64 * 1024, 1024, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(self.path()), "mount");
    }
}

/// A batch of alerts that all have the same label `batch`, each with half a kilobyte to say.
fn batch(number: usize) -> String {
    let alert = |i: usize| {
        let labels = json!({ "alertname": format!("A{i}"), "batch": format!("b{number}") });
        json!({ "labels": labels, "annotations": { "text": "long ".repeat(100) } })
    };
    serde_json::Value::Array((0..20).map(alert).collect()).to_string()
}

#[test]
fn a_full_disk_refuses_whole_and_recovers() {
    beside(async {
        // Dropped last: nobody uses the disk any more when it is unmounted.
        let disk = SmallDisk::mount();
        let sink = Sink::start(vec![]).await;
        let mut site = Site::new(plans::NOBODY_PAGED, &plans::to_webhook(sink.port));
        site.data = disk.path().join("data");
        let mut server = site.start().await;
        assert_eq!(server.ingest(batch(0)).await.status, 200);

        let filler = disk.fill();
        let mut accepted = vec![0];
        let mut refusals = Vec::new();
        for number in 1..400 {
            let answer = server.ingest(batch(number)).await;
            match answer.status {
                200 => accepted.push(number),
                503 => refusals.push((number, answer)),
                _ => panic!("{answer:?}"),
            }
            if refusals.len() == 3 {
                break;
            }
        }
        assert_eq!(refusals.len(), 3, "the disk is never full");
        for (_, answer) in &refusals {
            let seconds: u64 =
                answer.header("retry-after").parse().expect("Retry-After in seconds");
            assert!((1..=300).contains(&seconds), "{answer:?}");
            assert!(answer.text.contains("disk"), "it says why: {}", answer.text);
        }

        // Everything can be read; of a refused batch there is nothing.
        server.process.assert_alive();
        assert_eq!(server.get("/-/healthy").await.status, 200);
        server.items("/api/v1/pages").await;
        for number in &accepted {
            assert_eq!(alerts_of(&server, *number).await, 20, "accepted batch {number}");
        }
        for (number, _) in &refusals {
            assert_eq!(alerts_of(&server, *number).await, 0, "refused batch {number}");
        }

        std::fs::remove_file(filler).unwrap();
        until("it accepts alerts again", 20, async || {
            (server.ingest(batch(999)).await.status == 200).then_some(())
        })
        .await;
        server.fire(&[("alertname", "RoomAgain")]).await;
        until("what is accepted now is delivered", 20, async || {
            let is_told =
                |body: &serde_json::Value| body["commonLabels"]["alertname"] == "RoomAgain";
            sink.received().iter().any(is_told).then_some(())
        })
        .await;
        server.process.assert_alive();
    });
}

async fn alerts_of(server: &stentor_e2e::server::Server, batch: usize) -> usize {
    let path = format!("/api/v1/alerts?limit=500&filter=batch%3D%22b{batch}%22");
    server.items(&path).await.len()
}

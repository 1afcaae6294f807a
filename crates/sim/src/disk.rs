//! The disk of a simulated machine: the database's files, and what a crash leaves of them.

use std::path::PathBuf;
use std::{fs, io};

use tempfile::TempDir;

use crate::rng::Rng;

/// A folder in memory when there is one: the files are real, and a flush costs nothing.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: TempDir,
    generation: u32,
}

/// The bytes that a machine which stops at this instant finds again.
#[derive(Debug)]
pub(crate) struct Snapshot {
    database: Vec<u8>,
    log: Vec<u8>,
}

impl Disk {
    pub(crate) fn new() -> io::Result<Self> {
        let memory = PathBuf::from("/dev/shm");
        let prefix = "stentor-sim-";
        let folder = match memory.is_dir() {
            true => TempDir::with_prefix_in(prefix, memory)?,
            false => TempDir::with_prefix(prefix)?,
        };
        Ok(Self { folder, generation: 0 })
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path("").display())
    }

    pub(crate) fn snapshot(&self) -> io::Result<Snapshot> {
        Ok(Snapshot { database: fs::read(self.path(""))?, log: read_or_empty(self.path("-wal"))? })
    }

    /// Makes another disk of what a crash left; the old one stays with whoever still has it open.
    pub(crate) fn restart_from(&mut self, left: &Snapshot) -> io::Result<()> {
        self.generation += 1;
        fs::write(self.path(""), &left.database)?;
        fs::write(self.path("-wal"), &left.log)
    }

    fn path(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("{}.db{suffix}", self.generation))
    }
}

impl Snapshot {
    /// Returns what is left when the machine stops between `before` and `after`: either, or, when the log only grew,
    /// the log up to any byte of what was being written.
    pub(crate) fn torn(before: Self, after: Self, rng: &mut Rng) -> Self {
        let grew = before.database == after.database && after.log.starts_with(&before.log);
        if !grew {
            return if rng.percent(50) { before } else { after };
        }
        let mut left = after;
        let length = rng.between(before.log.len(), left.log.len());
        left.log.truncate(length);
        left
    }
}

fn read_or_empty(path: PathBuf) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
        other => other,
    }
}

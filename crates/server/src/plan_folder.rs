//! The plan's folder: its files as text, and the secrets that they only name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use stentor_domain::plan::read::Secrets;

/// A plan has at most this many files.
pub(crate) const FILES_MAX: usize = 2_000;

/// A file of a plan has at most this many bytes.
pub(crate) const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the names of a plan's files end in.
pub(crate) const ENDINGS: [&str; 4] = [".yml", ".yaml", ".md", ".tmpl"];

/// A plan's folders are at most this deep.
const DEPTH_MAX: usize = 8;

/// Returns the text of every file by its path inside `folder`, with `/` between its parts.
///
/// Names that begin with a dot are left out (`.git`, an editor's swap files), and so is every file whose name ends
/// in none of [`ENDINGS`]: a secret that a `…_file` key names is read when it is needed and stored nowhere.
/// Fails when the folder cannot be read, or is too large to be a plan.
pub(crate) fn read(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    descend(folder, "", 0, &mut files)
        .with_context(|| format!("cannot read the plan in {}", folder.display()))?;
    Ok(files)
}

fn descend(
    folder: &Path,
    prefix: &str,
    depth: usize,
    files: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    if depth > DEPTH_MAX {
        bail!("{prefix} is more than {DEPTH_MAX} folders deep");
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        // Follows links: Kubernetes mounts a folder's files as links.
        let about = fs::metadata(entry.path())?;
        if about.is_dir() {
            descend(&entry.path(), &format!("{path}/"), depth + 1, files)?;
            continue;
        }
        if !ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        if about.len() > FILE_BYTES_MAX {
            bail!(
                "{path} has {} bytes; a file of a plan has at most {FILE_BYTES_MAX}",
                about.len()
            );
        }
        if files.len() >= FILES_MAX {
            bail!("there are more than {FILES_MAX} files");
        }
        match String::from_utf8(fs::read(entry.path())?) {
            Ok(text) => files.insert(path, text),
            Err(_) => bail!("{path} is no UTF-8 text"),
        };
    }
    Ok(())
}

/// Secrets from the environment of this process and from files; relative paths count from the plan's folder.
#[derive(Debug)]
pub(crate) struct FolderSecrets(pub(crate) PathBuf);

impl Secrets for FolderSecrets {
    #[expect(clippy::disallowed_methods, reason = "the plan names variables of the environment")]
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let text = fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

//! Where the plan comes from: a folder that is Stentor's, or the one file of an Alertmanager.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use stentor_domain::plan::read::{self, alertmanager_alone};
use stentor_domain::plan::{Plan, Problem};

use crate::client::Failure;
use crate::plan_folder::{self, FILE_BYTES_MAX, FILES_MAX, FolderSecrets};

/// The name under which the one file stands in the plan.
const ALERTMANAGER: &str = "alertmanager.yml";

/// Where the plan comes from.
#[derive(Clone, Debug)]
pub(crate) enum PlanSource {
    /// A folder with `stentor.yml` and `alertmanager.yml`; watched.
    Folder(PathBuf),
    /// Alertmanager's configuration file; read when somebody says so, as the original does.
    File(PathBuf),
}

/// The plan's files by the path that the plan knows them by.
pub(crate) type Files = BTreeMap<String, String>;

impl PlanSource {
    /// Returns the source at `path`, a folder or a file; fails when there is neither.
    pub(crate) fn at(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            let path = path.display();
            return Err(Failure::NotFound(format!("there is no file or folder {path}")).into());
        }
        Ok(match path.is_dir() {
            true => Self::Folder(path.to_owned()),
            false => Self::File(path.to_owned()),
        })
    }

    /// Reads the files as they are now. Fails when they cannot be read, or are too large to be a plan.
    pub(crate) fn read(&self) -> anyhow::Result<Files> {
        match self {
            Self::Folder(folder) => plan_folder::read(folder),
            Self::File(file) => read_file(file),
        }
    }

    /// Compiles the plan, or finds every problem, each named as people know the file.
    pub(crate) fn compile(&self, files: &Files) -> Result<Plan, Vec<Problem>> {
        match self {
            Self::Folder(folder) => read::read(files, &FolderSecrets(folder.clone())),
            Self::File(file) => {
                let secrets = FolderSecrets(folder_of(file));
                let mut compiled = alertmanager_alone(files, &secrets);
                let problems = match &mut compiled {
                    Ok(plan) => &mut plan.warnings,
                    Err(problems) => problems,
                };
                for problem in problems.iter_mut().filter(|it| it.file == ALERTMANAGER) {
                    problem.file = file.display().to_string();
                }
                compiled
            }
        }
    }

    /// Tells whether a change is to be noticed without being told.
    pub(crate) fn is_watched(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// Returns who a revision from here is by.
    pub(crate) fn author(&self) -> &'static str {
        match self {
            Self::Folder(_) => "stentor serve",
            Self::File(_) => "stentor alertmanager",
        }
    }
}

impl PlanSource {
    /// Says in the log that the file is about to be read, as the original does.
    pub(crate) fn note_loading(&self) {
        if let Self::File(file) = self {
            let (component, file) = (COMPONENT, file.display());
            tracing::info!(component, %file, "Loading configuration file");
        }
    }

    /// Says in the log that a revision is in force.
    pub(crate) fn note_in_force(&self, revision: i64, digest: &str) {
        match self {
            Self::Folder(_) => tracing::info!(revision, digest, "the plan is in force"),
            Self::File(file) => {
                let (component, file) = (COMPONENT, file.display());
                tracing::info!(component, %file, revision, "Completed loading of configuration file");
            }
        }
    }
}

/// What the original's log lines about the configuration are marked with.
const COMPONENT: &str = "configuration";

/// As people read it.
impl std::fmt::Display for PlanSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "the plan in {}", path.display()),
            Self::File(path) => write!(f, "the configuration {}", path.display()),
        }
    }
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Reads the configuration and the templates that it names.
fn read_file(file: &Path) -> anyhow::Result<Files> {
    let text = text_of(file)?;
    let folder = folder_of(file);
    let mut files = Files::new();
    for pattern in template_patterns(&text) {
        for (name, path) in found(&folder, &pattern)? {
            if files.len() >= FILES_MAX {
                bail!("`templates` in {} name more than {FILES_MAX} files", file.display());
            }
            files.insert(name, text_of(&path)?);
        }
    }
    files.insert(ALERTMANAGER.to_owned(), text);
    Ok(files)
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let doing = || format!("cannot read {}", path.display());
    let length = fs::metadata(path).with_context(doing)?.len();
    if length > FILE_BYTES_MAX {
        bail!("{} has {length} bytes; at most {FILE_BYTES_MAX} are read", path.display());
    }
    let bytes = fs::read(path).with_context(doing)?;
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{} is no UTF-8 text", path.display()))
}

/// Returns what stands under `templates`; what is wrong with it is found when the plan is compiled.
fn template_patterns(text: &str) -> Vec<String> {
    let root: serde_json::Value =
        serde_saphyr::from_str(read::first_document(text)).unwrap_or_default();
    let patterns = root["templates"].as_array().into_iter().flatten();
    patterns.filter_map(|pattern| pattern.as_str().map(str::to_owned)).collect()
}

/// Returns the files that a pattern names, by their path as the pattern writes it: relative ones count from `folder`.
///
/// A pattern that names no file is no fault, and one that names a folder is, as in Alertmanager.
fn found(folder: &Path, pattern: &str) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let escaped = glob::Pattern::escape(&folder.display().to_string());
    let whole = match Path::new(pattern).is_absolute() {
        true => go_pattern(pattern),
        false => format!("{escaped}/{}", go_pattern(pattern)),
    };
    let options = glob::MatchOptions { require_literal_separator: true, ..Default::default() };
    let paths = glob::glob_with(&whole, options)
        .with_context(|| format!("the pattern `{pattern}` under `templates` cannot be read"))?;
    let mut files = Vec::new();
    for path in paths.flatten().filter(|_| !pattern.is_empty()) {
        if path.is_dir() {
            bail!("`templates` name {}, which is a folder", path.display());
        }
        let shown = match Path::new(pattern).is_absolute() {
            true => path.as_path(),
            false => path.strip_prefix(folder).unwrap_or(&path),
        };
        files.push((shown.display().to_string(), path));
    }
    Ok(files)
}

/// Go writes `[^a]` where others write `[!a]`, and knows no `**`.
fn go_pattern(pattern: &str) -> String {
    let mut pattern = pattern.replace("[^", "[!");
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_found_beside_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("t")).unwrap();
        for name in ["t/a.tmpl", "t/b.tmpl", "t/c.txt", "alone.tmpl"] {
            fs::write(at(name), name).unwrap();
        }
        let absolute = at("alone.tmpl").display().to_string();
        let text = format!("templates: ['t/*.tmpl', {absolute}, 'none/*']\n");
        fs::write(at("am.yml"), &text).unwrap();
        let files = read_file(&at("am.yml")).unwrap();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        let mut expected = vec![absolute.as_str(), "alertmanager.yml", "t/a.tmpl", "t/b.tmpl"];
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(files["t/a.tmpl"], "t/a.tmpl");
    }

    #[test]
    fn only_the_first_document_names_templates_and_none_may_be_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("t")).unwrap();
        fs::write(folder.path().join("a.tmpl"), "").unwrap();
        let file = folder.path().join("am.yml");
        fs::write(&file, "templates: ['*.tmpl', '']\n---\ntemplates: [t]\n").unwrap();
        assert_eq!(read_file(&file).unwrap().len(), 2);
        fs::write(&file, "templates: ['t*']\n").unwrap();
        let refused = read_file(&file).unwrap_err().to_string();
        assert!(refused.ends_with("t, which is a folder"), "{refused}");
    }

    #[test]
    fn a_configuration_without_templates_or_of_another_shape_has_none() {
        for text in ["", "route: {}", "templates: 3", "- a", "a: [", "templates: [1]"] {
            assert_eq!(template_patterns(text), Vec::<String>::new(), "{text}");
        }
    }
}

//! What the tests and benchmarks need from Debian, and its installation.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::command;

/// One package, and the service that its installation enables, if any.
pub(crate) struct Package {
    name: &'static str,
    service: Option<&'static str>,
}

/// Everything that the tests need besides Rust, gcc and Python 3: the one list of the repository.
pub(crate) const PACKAGES: &[Package] = &[
    Package { name: "chromium", service: None },
    Package { name: "chromium-driver", service: None },
    Package { name: "openssl", service: None },
    Package { name: "postgresql", service: Some("postgresql") },
    Package { name: "prometheus", service: Some("prometheus") },
    Package { name: "prometheus-alertmanager", service: Some("prometheus-alertmanager") },
    Package { name: "prometheus-node-exporter", service: Some("prometheus-node-exporter") },
    Package { name: "python3-aiosmtpd", service: None },
];

/// Installs the packages named `$@` without starting their services.
///
/// A policy-rc.d that answers 101 is Debian's own way to say "install, but do not start"; one that
/// is there already is kept.
const INSTALL: &str = r#"
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
apt-get update --quiet
apt-get install --quiet --yes --no-install-recommends "$@"
"#;

/// Keeps the services named `$@` from starting at the next boot.
const DISABLE: &str = r#"[ ! -d /run/systemd/system ] || systemctl disable --quiet "$@""#;

/// Installs whatever of [`PACKAGES`] is missing, with one call to apt-get; no service is left
/// running. Fails when one cannot be installed, so that no test is skipped for want of it.
pub(crate) fn install_missing() -> anyhow::Result<()> {
    install(PACKAGES.iter())
}

/// Installs one package of the list if it is missing.
pub(crate) fn install_if_missing(name: &str) -> anyhow::Result<()> {
    install(PACKAGES.iter().filter(|package| package.name == name))
}

fn install(wanted: impl Iterator<Item = &'static Package>) -> anyhow::Result<()> {
    let missing: Vec<_> = wanted.filter(|package| !is_installed(package.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    println!("Installing {}", names.join(", "));
    as_root(INSTALL, &names).with_context(|| {
        format!("the tests need {}: install them by hand and try again", names.join(", "))
    })?;
    let services: Vec<_> = missing.iter().filter_map(|package| package.service).collect();
    if !services.is_empty() {
        as_root(DISABLE, &services)?;
    }
    let failed: Vec<_> = names.into_iter().filter(|name| !is_installed(name)).collect();
    ensure!(failed.is_empty(), "apt-get did not install {}", failed.join(", "));
    Ok(())
}

fn is_installed(name: &str) -> bool {
    let query = command::command("dpkg-query", &["--show", "--showformat", "${Status}", name]);
    command::output(query).is_ok_and(|status| status == "install ok installed")
}

/// Runs a shell script with `args` as root: directly, or by sudo for everybody else.
fn as_root(script: &str, args: &[&str]) -> anyhow::Result<()> {
    let is_root = command::output(command::command("id", &["-u"]))?.trim() == "0";
    let mut command = if is_root {
        Command::new("sh")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("sh");
        sudo
    };
    command.args(["-c", script, "install"]).args(args);
    command.stdin(std::process::Stdio::inherit());
    command::run(command)
}

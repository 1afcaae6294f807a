//! The table of configurations says of the older release's files what that release says itself.

use std::process::Command;

use stentor_e2e::process::run;

/// The table; `stentor-domain` asks its own reader of the plan the same.
const CONFIGS: &str = include_str!("../../../domain/src/plan/scenarios/configs.txt");

#[test]
fn amtool_accepts_and_refuses_what_the_table_says() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("alertmanager.yml");
    let mut wrong = Vec::new();
    let mut asked = 0;
    for line in CONFIGS.lines() {
        let mut words = line.splitn(4, ' ');
        let (Some(verdict), Some("old"), Some(place), Some(yaml)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        std::fs::write(&path, whole(place, yaml)).expect("a file can be written");
        let mut command = Command::new("/usr/bin/amtool");
        command.arg("check-config").arg(&path);
        let ended = run(&mut command, "prometheus-alertmanager");
        if (ended.code == 0) != (verdict == "ok") {
            wrong.push(format!("{line}\n{}{}", ended.out, ended.err));
        }
        asked += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked >= 120, "only {asked} files were asked about");
}

/// Writes a case of the table out as a whole file, as the table's head describes the places.
fn whole(place: &str, yaml: &str) -> String {
    let route = "route: { receiver: r }\n";
    let bare = "receivers: [{ name: r }]\n";
    let receiver = |inside: &str| format!("{route}receivers: [{{ name: r, {inside} }}]\n");
    match place {
        "file" => yaml.to_owned(),
        "top" if yaml.starts_with('{') => {
            let inner = yaml.trim_start_matches('{').trim_end_matches('}');
            format!("{{ {inner}, receivers: [{{ name: r }}] }}")
        }
        "top" => format!("{yaml}\n{bare}"),
        "recv" => receiver(yaml),
        "hook" => receiver(&format!("webhook_configs: [{yaml}]")),
        "http" => {
            let hook = format!("{{ url: 'http://a.example/', http_config: {yaml} }}");
            receiver(&format!("webhook_configs: [{hook}]"))
        }
        "glob" => format!("global: {{ {yaml} }}\n{route}{bare}"),
        "route" => format!(
            "time_intervals: [{{ name: t, time_intervals: [] }}, {{ name: u, time_intervals: [] }}]\n\
             route: {{ receiver: r, routes: [{yaml}] }}\n{bare}"
        ),
        "span" => {
            format!("time_intervals: [{{ name: t, time_intervals: [{yaml}] }}]\n{route}{bare}")
        }
        "rule" => format!("inhibit_rules: [{yaml}]\n{route}{bare}"),
        other => panic!("no place is called {other}"),
    }
}

//! Processor time and memory of a process, read from `/proc`.

use std::fs;

/// Ticks of `/proc/PID/stat` in a second: Linux reports them as 100 whatever the kernel's own rate.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has used up to now. All nought when there is no such process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// User and system time of all its threads, in seconds.
    pub(crate) cpu_s: f64,
    /// Resident memory, in MiB.
    pub(crate) rss_mib: f64,
}

impl Usage {
    /// Reads the usage of process `pid`.
    pub(crate) fn of(pid: Option<u32>) -> Usage {
        let Some(pid) = pid else { return Usage::default() };
        let read = |file| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        Usage { cpu_s: cpu_s(&read("stat")), rss_mib: rss_mib(&read("status")) }
    }

    /// Reads the usage of this process.
    pub(crate) fn own() -> Usage {
        Usage::of(Some(std::process::id()))
    }
}

/// User and system time are the 14th and 15th field; the second is a name that may hold spaces and
/// brackets, so fields are counted from its last bracket.
fn cpu_s(stat: &str) -> f64 {
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = |n| after_name.split(' ').nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

fn rss_mib(status: &str) -> f64 {
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    kib.and_then(|k| k.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

#[cfg(test)]
mod tests {
    use super::{Usage, cpu_s, rss_mib};

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 1 0 1 1 1";
        assert_eq!(cpu_s(stat), 3.0);
    }

    #[test]
    fn memory_is_reported_in_mebibytes() {
        assert_eq!(rss_mib("Name:\tx\nVmRSS:\t    2048 kB\n"), 2.0);
    }

    #[test]
    fn this_process_uses_memory_and_an_absent_one_none() {
        assert!(Usage::own().rss_mib > 0.0);
        assert_eq!(Usage::of(None), Usage::default());
    }
}

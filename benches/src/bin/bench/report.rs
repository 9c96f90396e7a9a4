//! What was found, as Markdown: targets, medians, remarks, and the machine.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

use crate::findings::Findings;

#[derive(Default)]
pub struct Report {
    findings: Vec<Findings>,
    failed: usize,
}

impl Report {
    pub fn add(&mut self, findings: Findings) {
        self.findings.push(findings);
    }

    /// `about` says what a scenario is about.
    pub fn failed(&mut self, about: &str, why: &str) {
        eprintln!("{about}: {why}");
        self.failed += 1;
        self.remark(about, &format!("could not be measured: {why}"));
    }

    pub fn left_out(&mut self, about: &str) {
        self.remark(about, "left out; `--all` includes it");
    }

    fn remark(&mut self, about: &str, remark: &str) {
        let about = about.trim_start_matches("* ");
        let mut findings = Findings::default();
        findings.note(format!("{about}: {remark}."));
        self.findings.push(findings);
    }

    /// Whether every scenario that was wanted has a result.
    pub fn complete(&self) -> bool {
        self.failed == 0
    }

    pub fn markdown(&self) -> String {
        let lines = |of: fn(&Findings) -> &[String]| -> Vec<&str> {
            let all = self.findings.iter().flat_map(of);
            all.map(String::as_str).collect()
        };
        let targets = lines(|f| &f.targets);
        let medians = lines(|f| &f.medians);
        let notes = lines(|f| &f.notes);
        let mut text = String::new();
        if !targets.is_empty() {
            text += "| work | measured | connector | beside it | result | target | reached |\n\
                     | --- | --- | --- | --- | --- | --- | --- |\n";
            text += &(targets.join("\n") + "\n");
        }
        if !medians.is_empty() {
            text += "\nMedians:\n\n| work | program | runs | wall ms | CPU ms | peak MiB |\n\
                     | --- | --- | --- | --- | --- | --- |\n";
            text += &(medians.join("\n") + "\n");
        }
        if !notes.is_empty() {
            text += "\n";
        }
        for note in notes {
            text += &format!("- {}\n", note.replace('\n', " "));
        }
        text
    }
}

/// The file that is committed: the report under a heading that says where it is from.
pub fn results(report: &str) -> String {
    let cores = std::thread::available_parallelism().map_or(0, |n| n.get());
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    format!(
        "# Results of the speed bench\n\n\
         Written by `cargo run --release --manifest-path benches/Cargo.toml -- --write`; \
         README.md says what the rows mean.\n\n\
         {}. {cores} cores, {:.0} GiB of memory, Linux {}, {}.\n\n{report}",
        httpdate::fmt_http_date(SystemTime::now()),
        memory_gib(),
        fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
        rustc.unwrap_or_default(),
    )
}

fn memory_gib() -> f64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0 / 1024.0
}

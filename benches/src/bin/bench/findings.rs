//! What one scenario has found: targets, medians, remarks, as rows of Markdown.

use crate::measure::{Job, Run, cpu, peak, wall};

/// What one scenario has to say.
#[derive(Default)]
pub struct Findings {
    pub targets: Vec<String>,
    pub medians: Vec<String>,
    pub notes: Vec<String>,
}

/// A figure and what it may be at most.
pub struct Target<'a> {
    pub work: &'a str,
    pub what: &'a str,
    pub connector: String,
    /// What ran beside it, or is reckoned as the least.
    pub beside: String,
    pub result: f64,
    pub at_most: f64,
}

/// A ratio of nothing is no ratio: it meets no target.
pub fn ratio(value: f64, of: f64) -> f64 {
    if of > 0.0 { value / of } else { f64::INFINITY }
}

impl Findings {
    pub fn target(&mut self, target: Target) {
        let reached = target.result <= target.at_most;
        self.targets.push(format!(
            "| {} | {} | {} | {} | {} | ≤ {} | {} |",
            target.work,
            target.what,
            target.connector,
            target.beside,
            short(target.result),
            short(target.at_most),
            if reached { "yes" } else { "**no**" },
        ));
    }

    pub fn measured(&mut self, work: &str, jobs: &[Job], runs: &[Vec<Run>]) {
        for (job, runs) in jobs.iter().zip(runs) {
            self.measured_alone(work, job.name, runs);
        }
    }

    pub fn measured_alone(&mut self, work: &str, name: &str, runs: &[Run]) {
        self.medians.push(format!(
            "| {work} | {name} | {} | {:.2} | {:.2} | {:.2} |",
            runs.len(),
            wall(runs),
            cpu(runs),
            peak(runs),
        ));
    }

    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

/// Two decimals at most.
fn short(value: f64) -> String {
    let hundredths = (value * 100.0).round() / 100.0;
    format!("{hundredths}")
}

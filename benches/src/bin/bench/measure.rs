//! Runs programs through the spawner, alternately, and takes medians.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::artifacts;
use crate::outcome::Outcome;
use crate::spawn::Order;
pub use crate::spawn::Run;

/// A program with its input and the whole of its environment.
#[derive(Clone)]
pub struct Job {
    /// Its name in the tables.
    pub name: &'static str,
    pub program: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(&'static str, PathBuf)>,
    pub stdin: String,
    pub until: Option<String>,
    pub patience_s: u64,
}

/// A job that has been started.
pub struct Started {
    name: &'static str,
    spawner: Child,
    stderr: PathBuf,
}

impl Job {
    pub fn new(name: &'static str, program: &Path) -> Self {
        Self {
            name,
            program: program.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            stdin: String::new(),
            until: None,
            patience_s: 120,
        }
    }

    /// Starts it; `scratch` keeps its stdin and stderr, under a name made of `number`.
    pub fn start(&self, scratch: &Path, number: usize) -> Outcome<Started> {
        let stdin = scratch.join(format!("{}-{number}.in", self.name));
        let stderr = stdin.with_extension("err");
        std::fs::write(&stdin, &self.stdin)?;
        let order = Order {
            program: self.program.display().to_string(),
            args: self.args.clone(),
            stdin: stdin.display().to_string(),
            stderr: stderr.display().to_string(),
            until: self.until.clone(),
            patience_ms: self.patience_s * 1000,
        };
        // The child inherits the spawner's environment: nothing but what the job names.
        let spawner = Command::new(std::env::current_exe()?)
            .args(["spawn", &serde_json::to_string(&order)?])
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Started { name: self.name, spawner, stderr })
    }

    pub fn run(&self, scratch: &Path) -> Outcome<Run> {
        self.start(scratch, 0)?.wait()
    }
}

impl Started {
    /// The run, if the program ended well: a measurement of a failure is none.
    pub fn wait(self) -> Outcome<Run> {
        let output = self.spawner.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("{} could not be started", self.name).into());
        }
        let run: Run = serde_json::from_slice(&output.stdout)?;
        if run.exit == Some(0) {
            return Ok(run);
        }
        let how = match run.exit {
            Some(status) => format!("ended with {status}"),
            None => "was killed or took too long".to_owned(),
        };
        let said = std::fs::read_to_string(&self.stderr).unwrap_or_default();
        let start = run.tail.len().saturating_sub(400);
        let tail = run.tail.get(start..).unwrap_or(&run.tail);
        Err(format!("{} {how}: {} {}", self.name, said.trim(), tail.trim()).into())
    }
}

/// Runs the jobs in turn (ABAB…), one turn to warm up and `runs` that count.
pub fn alternate(jobs: &[Job], runs: usize, scratch: &Path) -> Outcome<Vec<Vec<Run>>> {
    let mut all: Vec<Vec<Run>> = jobs.iter().map(|_| Vec::new()).collect();
    for turn in 0..=runs {
        for (job, counted) in jobs.iter().zip(&mut all) {
            let run = job.run(scratch)?;
            if turn > 0 {
                counted.push(run);
            }
        }
    }
    // The connector's document holds all that the floor's holds, and more.
    let bytes: Vec<u64> = all.iter().map(|runs| runs[0].out_bytes).collect();
    if let [connector, floor, ..] = bytes[..]
        && connector < floor
    {
        return Err(format!("{} wrote less than {}", jobs[0].name, jobs[1].name).into());
    }
    Ok(all)
}

fn median(mut values: Vec<u64>) -> f64 {
    values.sort_unstable();
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] as f64 } else { (values[middle - 1] + values[middle]) as f64 / 2.0 }
}

/// In milliseconds.
pub fn wall(runs: &[Run]) -> f64 {
    median(runs.iter().map(|run| run.wall_us).collect()) / 1000.0
}

/// User and system time in milliseconds.
pub fn cpu(runs: &[Run]) -> f64 {
    median(runs.iter().map(|run| run.cpu_us).collect()) / 1000.0
}

/// The median of the peaks, in MiB.
pub fn peak(runs: &[Run]) -> f64 {
    median(runs.iter().map(|run| run.peak_kib).collect()) / 1024.0
}

/// The highest of the peaks, in MiB: a bound on memory holds for each run.
pub fn highest_peak(runs: &[Run]) -> f64 {
    let highest = runs.iter().map(|run| run.peak_kib).max().unwrap_or(0);
    highest as f64 / 1024.0
}

/// What the spawner itself adds to the least peak that can be seen, in MiB.
pub fn least_peak(scratch: &Path) -> Outcome<f64> {
    let nothing = artifacts::on_path("true").ok_or("no true")?;
    let run = Job::new("true", &nothing).run(scratch)?;
    Ok(run.peak_kib as f64 / 1024.0)
}

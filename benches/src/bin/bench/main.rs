//! The bench: builds what it needs, serves, runs the programs alternately, prints medians.
//!
//! One executable in three roles: the bench itself, the server (`serve`) and
//! the process that starts what is measured (`spawn`). The roles are separate
//! processes so that the server's work and the bench's size don't show up in a
//! child's numbers.

mod artifacts;
mod certificates;
mod measure;
mod options;
mod report;
mod scenarios;
mod server;
mod spawn;
mod workshop;

use std::error::Error;
use std::process::ExitCode;

/// What goes wrong in a bench ends in a sentence for whoever started it.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("serve") => server::serve(&arguments[1..]).map(|()| true),
        Some("spawn") => spawn::spawn(&arguments[1..]).map(|()| true),
        _ => bench(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every scenario could be measured; a missed target is a result, not a failure.
fn bench(arguments: &[String]) -> Outcome<bool> {
    let options = options::parse(arguments)?;
    if options.help {
        print!("{}", options::HELP);
        for scenario in scenarios::ALL {
            println!("  {:<15} {}", scenario.name, scenario.about);
        }
        return Ok(true);
    }
    let workshop = workshop::open(options)?;
    let mut report = report::Report::default();
    for scenario in scenarios::ALL {
        if !workshop.options.wants(scenario) {
            if workshop.options.only.is_empty() {
                report.left_out(scenario);
            }
            continue;
        }
        eprintln!("{}: {}", scenario.name, scenario.about);
        match (scenario.run)(&workshop) {
            Ok(findings) => report.add(findings),
            Err(error) => report.failed(scenario, &error.to_string()),
        }
    }
    let text = report.markdown();
    print!("{text}");
    if workshop.options.write {
        std::fs::write(artifacts::results_file(), report::results(&text))?;
    }
    Ok(report.complete())
}

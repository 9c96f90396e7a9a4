//! The bench: builds what it needs, serves, runs the programs alternately, prints medians.
//!
//! One executable in three roles: the bench itself, the rehearsal org (`serve`)
//! and the process that starts what is measured (`spawn`). The roles are separate
//! processes so that the server's work and the bench's size don't show up in a
//! child's numbers.

mod artifacts;
mod clock;
mod findings;
mod measure;
mod options;
mod outcome;
mod report;
mod scenarios;
mod server;
mod spawn;
mod trust;
mod workshop;

use std::process::ExitCode;

use outcome::Outcome;

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
    let names: Vec<&str> = scenarios::ALL.iter().map(|scenario| scenario.name).collect();
    let options = options::parse(arguments, &names)?;
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
        if !workshop.options.wants(scenario.name, scenario.long) {
            if workshop.options.only.is_empty() {
                report.left_out(scenario.about);
            }
            continue;
        }
        eprintln!("{}: {}", scenario.name, scenario.about);
        match (scenario.run)(&workshop) {
            Ok(findings) => report.add(findings),
            Err(error) => report.failed(scenario.about, &error.to_string()),
        }
    }
    let text = report.markdown();
    print!("{text}");
    if workshop.options.write {
        std::fs::write(artifacts::results_file(), report::results(&text))?;
    }
    Ok(report.complete())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    /// What each module imports, children counted as their parents.
    fn imports() -> BTreeMap<String, BTreeSet<String>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/bench");
        let mut found = BTreeMap::<String, BTreeSet<String>>::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let within = path.strip_prefix(&root).unwrap().with_extension("");
                let module = within.iter().next().unwrap().to_str().unwrap().to_owned();
                let text = fs::read_to_string(&path).unwrap();
                let named = text.split("use crate::").skip(1);
                let named = named.filter_map(|rest| rest.split([':', ';']).next());
                let own = found.entry(module.clone()).or_default();
                own.extend(named.filter(|name| *name != module).map(str::to_owned));
            }
        }
        found.remove("main");
        found
    }

    #[test]
    fn imports_go_one_way() {
        let mut left = imports();
        assert!(left.len() > 10);
        // What imports nothing that is left goes, until nothing does.
        loop {
            let known: Vec<String> = left.keys().cloned().collect();
            let before = left.len();
            left.retain(|_, imported| known.iter().any(|name| imported.contains(name)));
            if left.len() == before {
                break;
            }
        }
        assert!(left.is_empty(), "in circles: {left:#?}");
    }
}

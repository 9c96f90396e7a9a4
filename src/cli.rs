//! The command line. Without arguments the process carries out the request on stdin; everything
//! else is for engineers.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::actions::OKTA;
use crate::clock::SystemClock;
use crate::manifest;
use crate::process::{FAILED, Outside, Process, SUCCESS, UNUSABLE, Wrap};
use crate::request::Environment;
use crate::stdin::{Source, Stdin};

mod record;
mod replay;

/// Does what the command line says; the exit status.
pub fn main() -> i32 {
    // The way of every playbook does not even load the parser of the command line.
    if std::env::args_os().len() < 2 {
        return carry_out(Box::new(Stdin::new()), stdout(), None);
    }
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { UNUSABLE } else { SUCCESS };
        }
    };
    let done = match matches.subcommand() {
        Some(("replay", matches)) => replay::main(matches),
        Some(("record", matches)) => record::main(matches),
        Some(("manifest", _)) => print(&manifest::app_json(&OKTA)),
        Some(("schema", matches)) => schema(matches),
        Some(("generate", matches)) => generate(matches),
        _ => Ok(carry_out(Box::new(Stdin::new()), stdout(), None)),
    };
    done.unwrap_or_else(|problem| {
        let _ = writeln!(std::io::stderr(), "okta-connector: {problem}");
        FAILED
    })
}

/// The process's stdout without std's buffer, which would look for ends of lines in megabytes.
fn stdout() -> Box<dyn Write + Send> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        if let Ok(stdout) = std::io::stdout().as_fd().try_clone_to_owned() {
            return Box::new(std::fs::File::from(stdout));
        }
    }
    Box::new(std::io::stdout())
}

/// What `--help` shows.
pub fn command() -> Command {
    let paths =
        || Arg::new("path").value_name("PATH").num_args(1..).required(true).value_parser(value_parser!(PathBuf));
    Command::new("okta-connector")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Carries out one action against Okta: a JSON request on stdin, a JSON result on stdout")
        .after_help(
            "Exit status: 0 success; 1 failed; 2 nothing was sent, the request is unusable; 130, 143 after SIGINT, SIGTERM.\n\
             The token is only read from the request (config.api_key), never from arguments or the environment.",
        )
        .subcommand_required(false)
        .subcommand(
            Command::new("replay")
                .about("Replays recorded requests, without any network")
                .arg(paths().help("Fixtures, or folders of them"))
                .arg(Arg::new("check").long("check").action(ArgAction::SetTrue).help("Compare with the expected results"))
                .arg(
                    Arg::new("update")
                        .long("update")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("check")
                        .help("Write the results into the fixtures as the expected ones"),
                ),
        )
        .subcommand(
            Command::new("record")
                .about("Carries out the request on stdin and writes it, with all exchanges and without secrets, as a fixture")
                .arg(Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf)).help("The fixture to write")),
        )
        .subcommand(Command::new("manifest").about("Prints app.json, the manifest of the SOAR app"))
        .subcommand(
            Command::new("schema")
                .about("Prints a JSON Schema, or the names of all")
                .arg(Arg::new("name").value_name("NAME").help("For example request, result, list_users.parameters")),
        )
        .subcommand(
            Command::new("generate")
                .about("Writes app.json, schemas/, docs/actions.md and the table in README.md")
                .arg(Arg::new("check").long("check").action(ArgAction::SetTrue).help("Only say what has drifted"))
                .arg(Arg::new("folder").value_name("FOLDER").default_value(".").value_parser(value_parser!(PathBuf)).help("The project's folder")),
        )
}

/// Carries out the request on stdin in this process, with signals and panics taken care of.
fn carry_out(stdin: Box<dyn Source>, stdout: Box<dyn Write + Send>, wrap: Option<Wrap>) -> i32 {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let (process, inside) = Process::new(Outside {
        stdin,
        stdout,
        stderr: Box::new(std::io::stderr()),
        environment: Environment::new(variables),
        clock: Arc::new(SystemClock::new()),
        transport: None,
        wrap,
    });
    let log = process.log();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Before the secrets are known, words could hold one.
        let words = if log.is_redacting() { payload_words(panic.payload()) } else { "words withheld" };
        log.line(&format!("defect at {place}: {words}"));
    }));
    let canceller = process.canceller();
    if let Ok(mut signals) =
        signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT])
    {
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let name = if signal == signal_hook::consts::SIGINT { "SIGINT" } else { "SIGTERM" };
                let status = 128 + signal;
                if canceller.cancel(name, move || std::process::exit(status)) {
                    std::process::exit(status);
                }
            }
        });
    }
    process.carry_out(&OKTA, inside)
}

/// What a panic says.
fn payload_words(payload: &dyn std::any::Any) -> &str {
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    payload.downcast_ref::<&str>().copied().or_else(owned).unwrap_or("no words")
}

fn print(text: &str) -> Result<i32, String> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(SUCCESS)
}

fn schema(matches: &ArgMatches) -> Result<i32, String> {
    let schemas = manifest::schemas(&OKTA);
    match matches.get_one::<String>("name") {
        Some(name) => match schemas.iter().find(|(known, _)| known == name) {
            Some((_, schema)) => print(schema),
            None => Err(format!("there is no schema {name}; call without a name for the list")),
        },
        None => print(&schemas.iter().map(|(name, _)| format!("{name}\n")).collect::<String>()),
    }
}

fn generate(matches: &ArgMatches) -> Result<i32, String> {
    let folder = matches.get_one::<PathBuf>("folder").expect("has a default");
    let files = manifest::files(&OKTA, folder)?;
    let drifted: Vec<&manifest::File> =
        files.iter().filter(|file| std::fs::read_to_string(folder.join(&file.path)).ok() != file.content).collect();
    if matches.get_flag("check") {
        for file in &drifted {
            print(&format!("{} has drifted\n", file.path))?;
        }
        if !drifted.is_empty() {
            return Err("run `cargo run -- generate` and commit what it writes".to_owned());
        }
        return print(&format!("{} generated files are as they should be\n", files.len()));
    }
    for file in drifted {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        }
        match &file.content {
            Some(content) => std::fs::write(&path, content),
            None => std::fs::remove_file(&path),
        }
        .map_err(|error| format!("{}: {error}", file.path))?;
        print(&format!("{} written\n", file.path))?;
    }
    Ok(SUCCESS)
}

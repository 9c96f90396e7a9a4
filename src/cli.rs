//! The command line. Without arguments the process carries out the request on stdin; everything
//! else is for engineers.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Arg, ArgAction, Command, value_parser};

use crate::actions::OKTA;
use crate::runtime::manifest;
use crate::runtime::process::{FAILED, SUCCESS, UNUSABLE};

mod generate;
mod record;
mod replay;
mod run;
mod schema;

/// Does what the command line says; the exit status.
pub fn main() -> i32 {
    // The way of every playbook does not even load the parser of the command line.
    if std::env::args_os().len() < 2 {
        return run::main();
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
        Some(("schema", matches)) => schema::main(matches),
        Some(("generate", matches)) => generate::main(matches),
        _ => Ok(run::main()),
    };
    done.unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr(), "okta-connector: {error:#}");
        FAILED
    })
}

/// What `--help` shows.
pub fn command() -> Command {
    let paths =
        || Arg::new("path").value_name("PATH").num_args(1..).required(true).value_parser(value_parser!(PathBuf));
    Command::new("okta-connector")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Carries out one action against Okta: a JSON request on stdin, a JSON result on stdout")
        .after_help(
            "Exit status: 0 success; 1 failed; 2 nothing was sent, the request is unusable; 129, 130, 143 after SIGHUP, SIGINT, SIGTERM.\n\
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

fn print(text: &str) -> Result<i32> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(SUCCESS)
}

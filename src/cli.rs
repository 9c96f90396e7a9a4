//! The command line. Without arguments the process runs the request on stdin; all subcommands are for
//! engineers.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Arg, ArgAction, Command, value_parser};

use crate::actions::OKTA;
use crate::runtime::manifest;
use crate::runtime::process::{FAILED, Options, SUCCESS, UNUSABLE};

mod generate;
mod record;
mod replay;
mod run;
mod schema;

/// Runs the command line and returns the exit status.
pub fn main() -> i32 {
    // Playbooks always take this path: it does not even set up the command line parser.
    if std::env::args_os().len() < 2 {
        return run::main(Options::default());
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
        _ => Ok(run::main(Options {
            asset: matches.get_one("asset").cloned(),
            exit_zero: matches.get_flag("exit-zero"),
        })),
    };
    done.unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr(), "okta-connector: {error:#}");
        FAILED
    })
}

/// The command line's definition, which also makes up `--help`.
pub fn command() -> Command {
    let paths =
        || Arg::new("path").value_name("PATH").num_args(1..).required(true).value_parser(value_parser!(PathBuf));
    Command::new("okta-connector")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Run one action against Okta: JSON request on stdin, JSON result on stdout")
        .after_help(
            "Exit status: 0 success; 1 failure; 2 invalid request, nothing was sent; 129 SIGHUP; 130 SIGINT; 143 SIGTERM.\n\
             The API token is read only from the request (config.api_key) or from the file that --asset names, never from\n\
             arguments or the environment.",
        )
        .subcommand_required(false)
        .args_conflicts_with_subcommands(true)
        .arg(
            Arg::new("asset")
                .long("asset")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("File with asset settings, a JSON object like `config`, which a request can add to but not change"),
        )
        .arg(
            Arg::new("exit-zero")
                .long("exit-zero")
                .action(ArgAction::SetTrue)
                .help("Exit with status 0 whenever a complete result was written, also of a failure"),
        )
        .subcommand(
            Command::new("replay")
                .about("Replay fixtures offline")
                .arg(paths().help("Fixture files, or folders that contain them"))
                .arg(
                    Arg::new("check")
                        .long("check")
                        .action(ArgAction::SetTrue)
                        .help("Compare the results with the expected ones"),
                )
                .arg(
                    Arg::new("update")
                        .long("update")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("check")
                        .help("Save the results in the fixtures as the expected ones"),
                ),
        )
        .subcommand(
            Command::new("record")
                .about("Run the request on stdin and save it as a fixture with all HTTP exchanges, secrets masked")
                .arg(
                    Arg::new("file")
                        .value_name("FILE")
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help("Fixture file to create"),
                ),
        )
        .subcommand(Command::new("manifest").about("Print app.json, the manifest of the SOAR app"))
        .subcommand(
            Command::new("schema").about("Print a JSON Schema, or list all schema names").arg(
                Arg::new("name")
                    .value_name("NAME")
                    .help("Schema name, for example request, result or list_users.parameters"),
            ),
        )
        .subcommand(
            Command::new("generate")
                .about("Generate app.json, schemas/, docs/actions.md and the table in README.md")
                .arg(
                    Arg::new("check")
                        .long("check")
                        .action(ArgAction::SetTrue)
                        .help("Only report files that are out of date"),
                )
                .arg(
                    Arg::new("folder")
                        .value_name("FOLDER")
                        .default_value(".")
                        .value_parser(value_parser!(PathBuf))
                        .help("Project folder"),
                ),
        )
}

fn print(text: &str) -> Result<i32> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(SUCCESS)
}

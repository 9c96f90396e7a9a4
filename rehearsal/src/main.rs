//! `okta-rehearsal`: prints where the org is and its token, and serves until it is told to stop.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("okta-rehearsal: {why}");
            ExitCode::FAILURE
        }
    }
}

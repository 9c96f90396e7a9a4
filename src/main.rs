//! The process: command line, signals, panics, exit status.

fn main() {
    std::process::exit(okta_connector::cli::main());
}

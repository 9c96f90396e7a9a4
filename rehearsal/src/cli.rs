//! The command line.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use okta_rehearsal::quota::Quota;
use okta_rehearsal::{Rehearsal, Script, faults, verify};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// What a failed run prints.
pub type Outcome = Result<(), String>;

fn command() -> Command {
    let number = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("N").value_parser(value_parser!(u64)).help(help)
    };
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
    };
    Command::new("okta-rehearsal")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A made-up Okta org on loopback that behaves like Okta, and misbehaves on cue")
        .arg(number("users", "Users in the org").default_value("950"))
        .arg(number("seed", "Where the org's people and ids come from").default_value("7"))
        .arg(
            Arg::new("port")
                .long("port")
                .value_name("PORT")
                .value_parser(value_parser!(u16))
                .default_value("0")
                .help("Port to listen on; 0 is any free one"),
        )
        .arg(Arg::new("token").long("token").value_name("TOKEN").help("The API token that is taken"))
        .arg(
            Arg::new("tls")
                .long("tls")
                .action(ArgAction::SetTrue)
                .help("Serves https with a CA made for the run, whose path is printed"),
        )
        .arg(file("script", "What goes wrong, and when (JSON)"))
        .arg(file("report", "Written at the end: JSON, or text where the name ends in .txt"))
        .arg(number("rate-limit", "Requests that a window allows").requires("window"))
        .arg(number("window", "Length of a window in seconds").value_name("S").requires("rate-limit"))
        .arg(
            Arg::new("latency")
                .long("latency")
                .value_name("TIME")
                .value_parser(duration)
                .default_value("0ms")
                .help("Before every answer, such as 50ms or 1.5s"),
        )
        .arg(
            Arg::new("no-verify")
                .long("no-verify")
                .action(ArgAction::SetTrue)
                .help("Doesn't hold requests against Okta's description"),
        )
        .subcommand(Command::new("faults").about("Lists the faults that a script can name"))
        .subcommand(Command::new("schema").about("Prints the JSON Schema of scripts"))
        .subcommand(
            Command::new("describe")
                .about("Makes data/okta-operations.json anew from Okta's OpenAPI files (as JSON)")
                .arg(Arg::new("file").required(true).num_args(1..).value_parser(value_parser!(PathBuf)))
                .arg(
                    Arg::new("more")
                        .long("more")
                        .value_name("METHOD /PATH")
                        .action(ArgAction::Append)
                        .help("An operation in addition to those of the data"),
                ),
        )
}

/// `50ms`, `2s`, `1.5s`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').ok_or("a time such as 50ms or 2s is expected")?, 1.0),
    };
    let number: f64 = number.parse().map_err(|_| "a time such as 50ms or 2s is expected".to_owned())?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

/// Runs the program; clap ends it itself where the arguments are wrong.
pub fn run() -> Outcome {
    let arguments = command().get_matches();
    let mut out = io::stdout();
    match arguments.subcommand() {
        Some(("faults", _)) => {
            let names: String = faults::all().iter().map(|fault| format!("{}\n", fault.name)).collect();
            print(&mut out, &names)
        }
        Some(("schema", _)) => print(&mut out, &Script::schema_text()),
        Some(("describe", arguments)) => describe(arguments, &mut out),
        _ => serve(&arguments, &mut out),
    }
}

fn print(out: &mut impl Write, text: &str) -> Outcome {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| format!("stdout: {error}"))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn describe(arguments: &ArgMatches, out: &mut impl Write) -> Outcome {
    let mut files = Vec::new();
    for path in arguments.get_many::<PathBuf>("file").into_iter().flatten() {
        files.push(serde_json::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let more: Vec<String> = arguments.get_many("more").into_iter().flatten().cloned().collect();
    let made = verify::make::make(&files, &more)?;
    print(out, &(serde_json::to_string_pretty(&made).expect("plain data") + "\n"))
}

fn serve(arguments: &ArgMatches, out: &mut impl Write) -> Outcome {
    let number = |name: &str| arguments.get_one::<u64>(name).copied();
    let mut builder = Rehearsal::builder()
        .users(number("users").unwrap_or(950))
        .seed(number("seed").unwrap_or(7))
        .port(arguments.get_one("port").copied().unwrap_or(0))
        .latency(arguments.get_one("latency").copied().unwrap_or_default())
        .verify(!arguments.get_flag("no-verify"));
    if let Some(token) = arguments.get_one::<String>("token") {
        builder = builder.token(token);
    }
    if let (Some(requests), Some(window_s)) = (number("rate-limit"), number("window")) {
        builder = builder.quota(Quota { requests, window_s });
    }
    if let Some(path) = arguments.get_one::<PathBuf>("script") {
        let script = Script::parse(&read(path)?).map_err(|why| format!("{}: {why}", path.display()))?;
        builder = builder.script(script);
    }
    if arguments.get_flag("tls") {
        builder = builder.tls();
    }
    // Before anybody can be told to stop us.
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| format!("signals: {error}"))?;
    let rehearsal = builder.try_start().map_err(|error| format!("cannot listen: {error}"))?;
    let mut lines = format!("base_url {}\ntoken {}\n", rehearsal.base_url(), rehearsal.token());
    let ca = rehearsal.ca_pem().map(|pem| (ca_path(), pem));
    if let Some((path, pem)) = &ca {
        write(path, pem)?;
        lines.push_str(&format!("ca {}\n", path.display()));
    }
    lines.push_str(&people(&rehearsal));
    print(out, &lines)?;
    signals.forever().next();
    let report = rehearsal.report();
    if let Some(path) = arguments.get_one::<PathBuf>("report") {
        let is_text = path.extension().is_some_and(|extension| extension == "txt");
        let json = || serde_json::to_string_pretty(&report.json()).expect("plain data") + "\n";
        write(path, &if is_text { report.to_string() } else { json() })?;
    }
    if let Some((path, _)) = &ca {
        // It is of no use any more; somebody else may have taken it away.
        let _ = fs::remove_file(path);
    }
    Ok(())
}

fn ca_path() -> PathBuf {
    std::env::temp_dir().join(format!("okta-rehearsal-ca-{}.pem", std::process::id()))
}

/// Somebody to begin with.
fn people(rehearsal: &Rehearsal) -> String {
    let org = rehearsal.org();
    let some = (1..4).filter_map(|number| org.user(number));
    some.map(|user| format!("user {} {} {}\n", user.id, user.login(), user.status.name())).collect()
}

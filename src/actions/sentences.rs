//! Okta's errors as sentences, at the edge: what happened, to what, why in Okta's words, and what
//! to try.

use crate::okta::Error;
use crate::okta::error::{Cause, Refusal};
use crate::runtime::error::{Failure, Kind};
use crate::runtime::text::{self, capital};
use crate::runtime::transport::{Problem, ProxyProblem, TlsProblem};

/// For what a refused token keeps from being sent.
const NOT_SENT: &str = "Not sent: the token has been refused. Check `api_key`: it may be wrong, expired or revoked.";

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let subject = error.subject.as_str();
        let message = match &error.cause {
            Cause::Refused(refusal) => refused(kind, subject, refusal),
            Cause::RateLimited { refusal, .. } => {
                format!("Okta's rate limit lasts longer than the time that is left{}.", okta_words(refusal))
            }
            Cause::Transport { error, tries } => {
                let tries = if *tries > 1 { format!(" ({tries} tries)") } else { String::new() };
                format!("{}{}", transport_problem(&error.problem, &tries), about(subject))
            }
            Cause::TimeUp => format!("The time for this (`timeout_seconds`) was up{}.", about_inline(subject)),
            Cause::TokenRefused => NOT_SENT.to_owned(),
            Cause::RunEnded => "Not sent: the run was ended.".to_owned(),
            Cause::InvalidAnswer { status, problem, excerpt, .. } => {
                let excerpt = if excerpt.is_empty() { String::new() } else { format!(": \"{excerpt}\"") };
                format!(
                    "The answer makes no sense{}: HTTP {status}, but the body {problem}{excerpt}. Check `base_url`, and what stands between here and Okta.",
                    about_inline(subject)
                )
            }
            Cause::Redirected { status, to, why } => format!(
                "The answer is a redirect (HTTP {status}) to \"{to}\"{}, which is not followed: {why}. Check `base_url`.",
                about_inline(subject)
            ),
            Cause::ForeignLink(link) => format!(
                "A link in the answer leads to \"{}\", not to {}: it is not followed, the token would go with it. Behind a gateway, set `org_url`.",
                link.shown, link.base
            ),
            Cause::EndlessList { problem } => format!("The list never ends: {problem}."),
            Cause::MissingLink { problem } => format!("The answer leads nowhere: {problem}."),
            Cause::BadSegment(bad) => format!("\"{}\" cannot name anything in Okta.", bad.value),
            Cause::Ambiguous => format!("Several users match {subject}: use the id."),
            Cause::NoSuchUser => format!("{} was not found, neither as a login nor as an address.", capital(subject)),
        };
        let mut failure = Failure::new(kind, message);
        let details = &mut failure.details;
        if let Some(refusal) = error.refusal() {
            details.http_status = (refusal.status != 0).then_some(refusal.status);
            details.error_code = refusal.code.clone();
            details.request_id = refusal.request_id.clone();
        }
        match &error.cause {
            Cause::RateLimited { wait, .. } => details.retry_after = Some(wait.as_millis().div_ceil(1000) as u64),
            Cause::InvalidAnswer { status, request_id, .. } => {
                details.http_status = Some(*status);
                details.request_id = request_id.clone();
            }
            Cause::Redirected { status, .. } => details.http_status = Some(*status),
            _ => {}
        }
        failure
    }
}

/// ` (403 E0000006: You do not have permission …)`
fn okta_words(refusal: &Refusal) -> String {
    let code = refusal.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
    let mut words = vec![refusal.summary.as_str()];
    words.extend(refusal.causes.iter().map(String::as_str).filter(|cause| *cause != refusal.summary));
    words.retain(|words| !words.is_empty());
    let words: Vec<&str> = words.into_iter().map(|words| words.trim_end_matches('.')).collect();
    let words = if words.is_empty() {
        String::new()
    } else {
        format!(": {}", text::shortened(&words.join("; "), 2 * text::EXCERPT))
    };
    match refusal.status {
        0 => String::new(),
        status => format!(" ({status}{code}{words})"),
    }
}

fn refused(kind: Kind, subject: &str, refusal: &Refusal) -> String {
    let words = okta_words(refusal);
    let for_subject = about_inline(subject);
    match kind {
        Kind::Authentication => {
            format!("Okta does not accept the token{words}. Check `api_key`: it may be wrong, expired or revoked.")
        }
        Kind::Permission if refusal.code.is_none() => {
            format!(
                "This is not allowed{for_subject}{words}. The answer is not Okta's own: check `base_url`, and what stands in between."
            )
        }
        Kind::Permission => format!("Okta does not allow this{for_subject}{words}."),
        Kind::NotFound if subject.is_empty() => format!("Okta does not know this address{words}. Check `base_url`."),
        Kind::NotFound => {
            let check = if subject.starts_with("user") { "the id or login" } else { "the id" };
            format!("{} was not found{words}. Check {check}.", capital(subject))
        }
        Kind::Conflict => match refusal.code.as_deref() {
            Some("E0000038") => {
                format!("Okta cannot do this{for_subject} as things are{words}. Look at the user's status and factors.")
            }
            _ => format!("Okta cannot do this{for_subject} as things are{words}."),
        },
        Kind::InvalidParameter => {
            let check = if refusal.code.as_deref() == Some("E0000003") { "parameters" } else { "expression" };
            format!("Okta does not understand the request{for_subject}{words}. Check the {check}.")
        }
        Kind::Unavailable => {
            let tries = if refusal.tries > 1 { format!(" after {} tries", refusal.tries) } else { String::new() };
            format!("Okta is not able to answer{for_subject}{tries}{words}.")
        }
        _ => format!("Okta refused{for_subject}{words}."),
    }
}

fn transport_problem(problem: &Problem, tries: &str) -> String {
    match problem {
        Problem::UnknownHost { host } => {
            format!("The host {host} is not known{tries}. Check `base_url`, and DNS on this machine.")
        }
        Problem::Unreachable { host, reason } => {
            format!(
                "No connection to {host}: {reason}{tries}. Check `base_url`, the network, and whether a proxy is needed."
            )
        }
        Problem::HandshakeCut => format!(
            "The connection was ended during the TLS handshake{tries}. Check `base_url`, and what stands in between."
        ),
        Problem::Tls(problem) => tls(problem),
        Problem::Proxy { proxy, problem } => match problem {
            ProxyProblem::Credentials => format!(
                "The proxy {proxy} wants other credentials (407). Check the proxy variable's user and password."
            ),
            ProxyProblem::Refused { status } => format!(
                "The proxy {proxy} does not let the connection through (HTTP {status}){tries}. Ask for this host to be allowed."
            ),
            ProxyProblem::Dead { reason } => {
                format!("The proxy {proxy} does not work: {reason}{tries}. Check HTTPS_PROXY and NO_PROXY.")
            }
        },
        Problem::Lost { reason } => format!("The connection broke before an answer came: {reason}{tries}."),
        Problem::CutShort => format!("The answer ended before its end{tries}."),
        Problem::Silent => {
            format!("No answer came in time{tries}. Check `base_url` and the network, or raise `timeout_seconds`.")
        }
        Problem::TooSlow => format!("The answer came too slowly{tries}. Check the network and what stands in between."),
        Problem::TimeUp => format!("The time for this (`timeout_seconds`) was up before the answer was there{tries}."),
        Problem::Malformed { reason } => {
            format!("What answers breaks the rules of HTTP: {reason}. Check `base_url`, and what stands in between.")
        }
        Problem::NotRecorded { message } => format!("Replay: {message}."),
        Problem::Local { reason } => format!("This machine cannot open a connection: {reason}{tries}."),
    }
}

fn tls(problem: &TlsProblem) -> String {
    match problem {
        TlsProblem::NotTls => "What answers does not speak TLS. Check port and host of `base_url`.".to_owned(),
        TlsProblem::Expired { early: false, certificate } => {
            format!(
                "The server's certificate has expired{}. Check the clock of this machine, then tell the server's owner.",
                certificate
            )
        }
        TlsProblem::Expired { early: true, certificate } => {
            format!("The server's certificate is not valid yet{}. Check the clock of this machine.", certificate)
        }
        TlsProblem::WrongHost { host, certificate } => format!(
            "The server's certificate is not for {host}{}. Check `base_url`: something else answers there.",
            certificate
        ),
        TlsProblem::UnknownIssuer { certificate } => format!(
            "The server's certificate was issued by nobody who is trusted here{}. If your company inspects TLS, put its CA into the system's store or `ca_bundle`.",
            certificate
        ),
        TlsProblem::TrustStore { reason } => format!("The certificates to trust cannot be read: {reason}."),
        TlsProblem::Other { reason } => format!("TLS with the server fails: {reason}."),
    }
}

/// ` It was about user "x".`
fn about(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!(" It was about {subject}.") }
}

/// ` for user "x"`
fn about_inline(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!(" for {subject}") }
}

//! Turns Okta's errors into sentences: what happened, to what, why (in Okta's words), and what to try.

use crate::okta::Error;
use crate::okta::error::{Cause, Refusal};
use crate::runtime::error::{Failure, Kind};
use crate::runtime::text::{self, capital};
use crate::runtime::transport::{Problem, ProxyProblem, TlsProblem};

/// For requests that are held back once the token has been rejected.
const NOT_SENT: &str =
    "Not sent: Okta has already rejected the API token. Check `api_key`: it may be wrong, expired or revoked.";

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let subject = error.subject.as_str();
        let message = match &error.cause {
            Cause::Refused(refusal) => refused(kind, subject, refusal),
            Cause::RateLimited { refusal, .. } => {
                format!("Rate limited by Okta: the wait would exceed the time limit{}.", okta_words(refusal))
            }
            Cause::Transport { error, tries } => {
                let tries = if *tries > 1 { format!(" ({tries} attempts)") } else { String::new() };
                format!("{}{}", transport_problem(&error.problem, &tries), about(subject))
            }
            Cause::TimeUp => {
                format!("Timed out{}: the time limit (`timeout_seconds`) was reached.", about_inline(subject))
            }
            Cause::Reserved { percent, .. } => format!(
                "Not sent: no more than {percent} % of Okta's rate limit is left (`rate_limit_reserve`), and the wait would exceed the time limit."
            ),
            Cause::TokenRefused => NOT_SENT.to_owned(),
            Cause::RunEnded => "Not sent: the run had already ended.".to_owned(),
            Cause::InvalidAnswer { status, problem, excerpt, .. } => {
                let excerpt = if excerpt.is_empty() { String::new() } else { format!(": \"{excerpt}\"") };
                format!(
                    "Unexpected response{}: HTTP {status}, {problem}{excerpt}. Check `base_url` and any proxy or gateway in between.",
                    about_inline(subject)
                )
            }
            Cause::Redirected { status, to, why } => format!(
                "Unexpected redirect (HTTP {status}) to \"{to}\"{}, not followed: {why}. Check `base_url`.",
                about_inline(subject)
            ),
            Cause::ForeignLink(link) if !link.elsewhere => format!(
                "A link in the response points to \"{}\", which is not below {}. It was not followed.",
                link.shown, link.base
            ),
            Cause::ForeignLink(link) => format!(
                "A link in the response points to \"{}\" instead of {}. It was not followed, because that would send the token there. Behind a gateway, set `org_url`.",
                link.shown, link.base
            ),
            Cause::UnreadableLink => format!(
                "The `Link` header of the response is malformed{}, so it is not known whether the list continues. Check any proxy or gateway in between.",
                about_inline(subject)
            ),
            Cause::EndlessList { problem } => format!("The list never ends: {problem}."),
            Cause::MissingLink { problem } => format!("The response is incomplete: {problem}."),
            Cause::BadSegment(bad) => format!("\"{}\" is not a valid id or name in Okta.", bad.value),
            Cause::Ambiguous => format!("{} is ambiguous: several users match. Use the id.", capital(subject)),
            Cause::NoSuchUser => format!("{} was not found: no login or email address matches.", capital(subject)),
        };
        let mut failure = Failure::new(kind, message);
        if let Some(refusal) = error.refusal() {
            failure.needs_role = refusal.code.as_deref() == Some("E0000006");
            // Nothing was carried out, and what was in the way is over soon.
            failure.details.retryable |= refusal.is_busy();
        }
        let details = &mut failure.details;
        if let Some(refusal) = error.refusal() {
            details.http_status = (refusal.status != 0).then_some(refusal.status);
            details.error_code = refusal.code.clone();
            details.request_id = refusal.request_id.clone();
        }
        match &error.cause {
            Cause::RateLimited { wait, .. } | Cause::Reserved { wait, .. } => {
                details.retry_after = Some(wait.as_millis().div_ceil(1000) as u64)
            }
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
            format!("Okta rejected the API token{words}. Check `api_key`: it may be wrong, expired or revoked.")
        }
        Kind::Protocol if refusal.status == 404 && !refusal.is_oktas => {
            format!("The server at `base_url` does not respond like an Okta org{words}. Check `base_url`.")
        }
        Kind::Protocol if !refusal.is_oktas => format!(
            "Unexpected response{for_subject}{words}. It did not come from Okta: check `base_url` and any proxy or gateway in between."
        ),
        Kind::Protocol => format!("Okta has no such endpoint{words}. Check `base_url`."),
        Kind::Timeout => format!("The verification timed out{for_subject}{words}."),
        Kind::Conflict if refusal.is_busy() => {
            format!("Another request kept making changes{for_subject}{words}. Try again.")
        }
        Kind::Permission => format!("Permission denied{for_subject}{words}."),
        Kind::NotFound if subject.is_empty() => format!("The endpoint was not found{words}. Check `base_url`."),
        Kind::NotFound => {
            let check = if subject.starts_with("user") { "the id or login" } else { "the id" };
            format!("{} was not found{words}. Check {check}.", capital(subject))
        }
        Kind::Conflict => match refusal.code.as_deref() {
            Some("E0000038") => {
                format!(
                    "Okta does not allow this{for_subject} in the current state{words}. Check the user's status and factors."
                )
            }
            _ => format!("Okta does not allow this{for_subject} in the current state{words}."),
        },
        Kind::InvalidParameter => {
            let check = if refusal.code.as_deref() == Some("E0000003") { "parameters" } else { "expression" };
            format!("Okta rejected the request as invalid{for_subject}{words}. Check the {check}.")
        }
        Kind::Unavailable => {
            let tries = if refusal.tries > 1 { format!(" after {} attempts", refusal.tries) } else { String::new() };
            format!("Okta is unavailable{for_subject}{tries}{words}.")
        }
        _ => format!("Okta rejected the request{for_subject}{words}."),
    }
}

fn transport_problem(problem: &Problem, tries: &str) -> String {
    match problem {
        Problem::UnknownHost { host } => {
            format!("The host name {host} could not be resolved{tries}. Check `base_url` and DNS on this machine.")
        }
        Problem::Unreachable { host, reason } => {
            format!(
                "Could not connect to {host}: {reason}{tries}. Check `base_url`, the network, and whether a proxy is required."
            )
        }
        Problem::HandshakeCut => format!(
            "The connection was closed during the TLS handshake{tries}. Check `base_url` and any proxy or firewall in between."
        ),
        Problem::Tls(problem) => tls(problem),
        Problem::Proxy { proxy, problem } => match problem {
            ProxyProblem::Credentials => format!(
                "The proxy {proxy} requires valid credentials (HTTP 407). Check the user name and password in the proxy variable."
            ),
            ProxyProblem::Refused { status } => format!(
                "The proxy {proxy} refused the connection (HTTP {status}){tries}. Ask for this host to be allowed."
            ),
            ProxyProblem::Dead { reason } => {
                format!("The proxy {proxy} failed: {reason}{tries}. Check HTTPS_PROXY and NO_PROXY.")
            }
        },
        Problem::Lost { reason } => format!("The connection was lost before the response arrived: {reason}{tries}."),
        Problem::CutShort => format!("The response was cut off{tries}."),
        Problem::Silent => {
            format!("No response in time{tries}. Check `base_url` and the network, or raise `timeout_seconds`.")
        }
        Problem::TooSlow => {
            format!("The response arrived too slowly{tries}. Check the network and any proxy or gateway in between.")
        }
        Problem::TimeUp => format!(
            "Timed out: the time limit (`timeout_seconds`) was reached before the response was complete{tries}."
        ),
        Problem::Malformed { reason } => {
            format!("HTTP protocol error: {reason}. Check `base_url` and any proxy or gateway in between.")
        }
        Problem::NotRecorded { message } => format!("Replay: {message}."),
        Problem::Local { reason } => format!("This machine cannot open a connection: {reason}{tries}."),
    }
}

fn tls(problem: &TlsProblem) -> String {
    match problem {
        TlsProblem::NotTls => "The server does not speak TLS. Check the host and port in `base_url`.".to_owned(),
        TlsProblem::Expired { early: false, certificate } => {
            format!(
                "The server's certificate has expired{}. Check this machine's clock, then notify the server's owner.",
                certificate
            )
        }
        TlsProblem::Expired { early: true, certificate } => {
            format!("The server's certificate is not valid yet{}. Check this machine's clock.", certificate)
        }
        TlsProblem::WrongHost { host, certificate } => format!(
            "The server's certificate is not valid for {host}{}. Check `base_url`: it may point to a different server.",
            certificate
        ),
        TlsProblem::UnknownIssuer { certificate } => format!(
            "The server's certificate was issued by an untrusted authority{}. If your company inspects TLS traffic, add its CA to the system trust store or to `ca_bundle`.",
            certificate
        ),
        TlsProblem::TrustStore { reason } => format!("Could not read the trusted certificates: {reason}."),
        TlsProblem::Other { reason } => format!("The TLS handshake failed: {reason}."),
    }
}

/// ` The request was for user "x".`
fn about(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!(" The request was for {subject}.") }
}

/// ` for user "x"`
fn about_inline(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!(" for {subject}") }
}

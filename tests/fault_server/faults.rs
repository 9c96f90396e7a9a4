//! The faults of the rehearsal org, and which family of consequences the documents give each.

use okta_rehearsal::faults::{self, Instead, Kind};

use super::actions::Action;

pub use okta_rehearsal::faults::gzip;

/// What a fault leads to; `matrix` has the consequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The request was sent, its answer did not come whole: the kind when nothing else happens.
    Lost(&'static str),
    /// A gateway gave up waiting: the request may still be carried out.
    GaveUp,
    /// No answer in time: a read is tried three times, a change once.
    Silent,
    /// 500: tried once or twice more where that may be.
    Internal,
    /// 429: not carried out, sent again after a wait.
    Limited,
    /// 429 for longer than the time that is left.
    LimitedForLong,
    /// An answer that makes no sense.
    Nonsense,
    /// An answer that is odd, but one.
    Harmless,
    /// An error that is the answer, with its kind.
    Refused(&'static str),
    /// A redirect within the origin; for a write, whether it says that the write was not made.
    Followed { write_was_made: bool },
    /// A redirect that must not be followed.
    Astray,
    /// A redirect that leads back to itself.
    Circular,
}

pub struct Fault {
    pub name: &'static str,
    pub family: Family,
    /// Whether the server may have carried the request out before it fails.
    pub may_apply: bool,
    instead: Instead,
}

impl Fault {
    /// Whether the fault is one for an action, by the right answer to its main operation.
    pub fn fits(&self, action: &Action) -> bool {
        match self.instead {
            Instead::Any => true,
            Instead::Content => action.needs_body,
            Instead::Object => action.needs_body && !action.is_list,
            Instead::Named => action.is_about_one,
        }
    }
}

/// All faults.
pub fn all() -> Vec<Fault> {
    let fault = |fault: faults::Fault| Fault {
        name: fault.name,
        family: family(&fault),
        may_apply: fault.may_apply,
        instead: fault.instead,
    };
    faults::all().into_iter().map(fault).collect()
}

fn family(fault: &faults::Fault) -> Family {
    match fault.kind {
        Kind::Lost => Family::Lost("network"),
        Kind::Silent => Family::Silent,
        Kind::Unavailable => Family::Lost("unavailable"),
        Kind::GaveUp => Family::GaveUp,
        Kind::Internal => Family::Internal,
        Kind::Limited => Family::Limited,
        Kind::LimitedForLong => Family::LimitedForLong,
        Kind::Nonsense => Family::Nonsense,
        Kind::Harmless => Family::Harmless,
        Kind::Refused => Family::Refused(match fault.name {
            "401" => "authentication",
            "403" => "permission",
            "404" => "not_found",
            // An error that is not Okta's.
            _ => "protocol",
        }),
        Kind::Redirected { made } => Family::Followed { write_was_made: made },
        Kind::Astray => Family::Astray,
        Kind::Circular => Family::Circular,
    }
}

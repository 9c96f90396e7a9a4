//! Follows a script: counts requests per rule, and says what happens on this one.

use super::{Intervention, Limit, LimitKind, Rule, Script, Stale, pattern};
use crate::api::call::segments;
use crate::org::{Object, Org, Role};
use crate::server::{Answer, Seen};

/// A script on its way.
#[derive(Default)]
pub(crate) struct Conductor {
    script: Script,
    /// Requests so far that fit each rule.
    counts: Vec<u32>,
    limit: Option<(LimitKind, u64)>,
    stale: Vec<Behind>,
}

/// A rule that acts now.
pub(crate) struct Cue {
    /// The rule's name or number.
    pub name: String,
    pub rule: Rule,
}

/// Reads of one object that are behind.
struct Behind {
    object: Object,
    old: Org,
    /// Epoch milliseconds.
    until: Option<u64>,
    reads: Option<u32>,
}

impl Conductor {
    pub fn new(script: Script) -> Conductor {
        let counts = vec![0; script.rules.len()];
        Conductor { script, counts, limit: None, stale: Vec::new() }
    }

    pub fn script(&self) -> &Script {
        &self.script
    }

    /// The rules that act on this request, in their order.
    pub fn cues(&mut self, seen: &Seen) -> Vec<Cue> {
        let mut cues = Vec::new();
        for (index, rule) in self.script.rules.iter().enumerate() {
            if !is_about(rule, seen) {
                continue;
            }
            self.counts[index] += 1;
            let count = self.counts[index];
            let on = &rule.on;
            let now = on.nth.is_none_or(|nth| nth == count)
                && on.from.is_none_or(|from| count >= from)
                && on.to.is_none_or(|to| count <= to);
            if now {
                let name = rule.name.clone().unwrap_or_else(|| format!("rule {}", index + 1));
                cues.push(Cue { name, rule: rule.clone() });
            }
        }
        cues
    }

    /// From now on everything is refused for a while; `now` in epoch milliseconds.
    pub fn limit(&mut self, limit: &Limit, now: u64) {
        self.limit = Some((limit.kind, now + limit.for_seconds * 1000));
    }

    /// The refusal, while a limit holds (okta-api.md, «Rate limits»).
    pub fn refusal(&mut self, now: u64) -> Option<Answer> {
        let (kind, until) = self.limit.filter(|(_, until)| now < *until)?;
        let answer = Answer::error(429, "E0000047", "API call exceeded rate limit due to too many requests.", "");
        let limit = if kind == LimitKind::Requests { "600" } else { "0" };
        Some(
            answer
                .header("X-Rate-Limit-Limit", limit)
                .header("X-Rate-Limit-Remaining", "0")
                .header("X-Rate-Limit-Reset", until.div_ceil(1000).to_string()),
        )
    }

    /// Reads of the object that this request is about are behind from now on: `old` is the org
    /// before the request. Answers `false` where the path names no user or group.
    pub fn falls_behind(&mut self, stale: &Stale, seen: &Seen, old: Org) -> bool {
        let Some(object) = object_of(&old, seen) else { return false };
        let until = stale.for_seconds.map(|seconds| old.now() + seconds * 1000);
        self.stale.push(Behind { object, old, until, reads: stale.for_reads });
        true
    }

    /// The org as this read sees it, if it is behind.
    pub fn behind(&mut self, seen: &Seen, org: &Org) -> Option<Org> {
        if seen.method != "GET" || self.stale.is_empty() {
            return None;
        }
        let now = org.now();
        self.stale.retain(|behind| behind.until.is_none_or(|until| now < until) && behind.reads != Some(0));
        let parts = segments(seen.path());
        let mut view: Option<Org> = None;
        for behind in &mut self.stale {
            // A list of the kind shows the object too.
            let kind = if matches!(behind.object, Object::User(_)) { "users" } else { "groups" };
            let lists = parts.len() == 3 && parts[2] == kind;
            if !lists
                && object_of(org, seen) != Some(behind.object)
                && object_of(&behind.old, seen) != Some(behind.object)
            {
                continue;
            }
            behind.reads = behind.reads.map(|reads| reads.saturating_sub(1));
            view = Some(view.as_ref().unwrap_or(org).with_object_of(&behind.old, &behind.object));
        }
        view
    }
}

fn is_about(rule: &Rule, seen: &Seen) -> bool {
    let on = &rule.on;
    on.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&seen.method))
        && on.path.as_ref().is_none_or(|path| pattern::fits(path, seen.path()))
        && on.query_contains.as_ref().is_none_or(|part| seen.query().contains(part))
}

/// The user or group that a path names.
fn object_of(org: &Org, seen: &Seen) -> Option<Object> {
    let parts = segments(seen.path());
    let key = parts.get(3)?;
    match parts.get(2)?.as_str() {
        "users" if key == "me" => Some(Object::User(0)),
        "users" => org.find_user(key).map(Object::User),
        "groups" => org.find_group(key).map(Object::Group),
        _ => None,
    }
}

/// Another admin's doing. Answers `false` where there is no such user.
pub(crate) fn intervene(org: &mut Org, change: &Intervention, seen: &Seen) -> bool {
    const ADMIN: &str = "another admin";
    let number = match &change.user {
        Some(key) => org.find_user(key),
        None => match object_of(org, seen) {
            Some(Object::User(number)) => Some(number),
            _ => None,
        },
    };
    let Some(number) = number else { return false };
    if let Some(status) = change.status {
        org.intervene(ADMIN, number, status);
    }
    let mut roles = org.own_roles(number);
    if let Some(kind) = &change.assign_role {
        roles.push(Role::new(org.plan(), number, kind, org.now()));
    }
    if let Some(kind) = &change.unassign_role {
        roles.retain(|role| role.kind != *kind);
    }
    if change.assign_role.is_some() || change.unassign_role.is_some() {
        org.intervene_roles(ADMIN, number, roles);
    }
    for (name, is) in [(&change.add_to_group, true), (&change.remove_from_group, false)] {
        if let Some(group) = name.as_ref().and_then(|name| org.group_named(name)) {
            org.intervene_member(ADMIN, group, number, is);
        }
    }
    true
}

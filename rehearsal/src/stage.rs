//! Where a request goes: verified, offered to the hook, met by the script, answered by the org,
//! and entered in the report.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::faults::{self, Kind, Site};
use crate::org::Org;
use crate::report::{Entry, Leak, Lost, Refused, Report, Secrets, Violation};
use crate::script::{Act, Conductor, Cue, Lose, Script, When, intervene};
use crate::server::{Answer, Reply, Seen, Step};
use crate::verify;

/// May answer instead of the org.
pub type Hook = Box<dyn FnMut(&mut Org, &Seen) -> Option<Reply> + Send>;

pub(crate) struct Stage {
    pub org: Org,
    /// The org as it was when the rehearsal began.
    pub pristine: Org,
    pub conductor: Conductor,
    pub hook: Option<Hook>,
    pub verifies: bool,
    pub keeps_log: bool,
    pub latency: Duration,
    pub body_time: Duration,
    /// Another origin, for faults that lead there.
    pub elsewhere: String,
    /// How long a second of the client's is.
    pub second: Duration,
    pub report: Report,
    pub secrets: Secrets,
}

/// What became of a request, for the report.
#[derive(Default)]
struct Outcome {
    on_cue: Vec<String>,
    lost: Option<(bool, String)>,
    refused: bool,
}

/// A hook that panicked fails its own request, not all that follow.
pub(crate) fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(|poison| poison.into_inner())
}

impl Stage {
    /// What is done with a request.
    pub fn serve(&mut self, seen: &Seen) -> Reply {
        self.report.requests += 1;
        let number = self.report.requests;
        if self.verifies {
            self.examine(seen, number);
        }
        let mut outcome = Outcome::default();
        let object = if self.keeps_log { self.object(seen) } else { None };
        let problems = if self.verifies { verify::check(seen) } else { Vec::new() };
        let reply = match problems.as_slice() {
            [] => self.perform(seen, &mut outcome),
            problems => self.violation(seen, number, problems),
        };
        self.enter(seen, number, object, outcome, &reply);
        reply
    }

    /// Secrets where they don't belong.
    fn examine(&mut self, seen: &Seen, number: u64) {
        if let Some(token) = self.org.token.clone() {
            self.secrets.learn("token", &token);
        }
        let found = self.secrets.examine(seen);
        self.report.leaks.extend(found.into_iter().map(|(what, place)| Leak { request: number, what, place }));
    }

    /// A request that a real org would refuse, or misunderstand in silence.
    fn violation(&mut self, seen: &Seen, number: u64, problems: &[String]) -> Reply {
        let path = self.secrets.redacted(seen.path());
        for problem in problems {
            let problem = self.secrets.redacted(problem);
            let violation = Violation { request: number, method: seen.method.clone(), path: path.clone(), problem };
            self.report.violations.push(violation);
        }
        self.org.answered += 1;
        let summary = format!("rehearsal: {}", self.secrets.redacted(&problems.join("; ")));
        self.org.stamped(Answer::error(400, "E0000001", &summary, "")).reply()
    }

    /// The id of the object that the path names, in the org as it is before the request.
    fn object(&self, seen: &Seen) -> Option<String> {
        let parts = crate::api::call::segments(seen.path());
        let key = parts.get(3).filter(|key| !key.is_empty())?;
        match parts.get(2).map(String::as_str) {
            Some("users") if key == "me" => Some(self.org.plan().user_id(0)),
            Some("users") => {
                Some(self.org.find_user(key).map_or_else(|| key.clone(), |number| self.org.plan().user_id(number)))
            }
            _ => Some(key.clone()),
        }
    }

    fn perform(&mut self, seen: &Seen, outcome: &mut Outcome) -> Reply {
        if let Some(mut hook) = self.hook.take() {
            let reply = hook(&mut self.org, seen);
            self.hook = Some(hook);
            if let Some(reply) = reply {
                outcome.on_cue.push("hook".to_owned());
                return reply;
            }
        }
        let cues = self.conductor.cues(seen);
        let mut latency = self.latency;
        for cue in &cues {
            outcome.on_cue.push(cue.name.clone());
            let act = &cue.rule.act;
            latency += Duration::from_millis(act.latency_ms.unwrap_or(0));
            if let Some(limit) = &act.limit {
                self.conductor.limit(limit, self.org.now());
            }
            self.interventions(act, When::Before, seen);
            if let Some(stale) = &act.stale {
                let old = self.org.clone();
                self.conductor.falls_behind(stale, seen, old);
            }
        }
        let reply = match self.conductor.refusal(self.org.now()) {
            Some(refusal) => {
                outcome.refused = true;
                self.org.answered += 1;
                self.org.stamped(refusal).reply()
            }
            None => self.directed(seen, &cues, outcome),
        };
        for cue in &cues {
            self.interventions(&cue.rule.act, When::After, seen);
        }
        delayed(reply, latency)
    }

    fn interventions(&mut self, act: &Act, when: When, seen: &Seen) {
        if let Some(change) = act.change.as_ref().filter(|change| change.when == when) {
            intervene(&mut self.org, change, seen);
        }
    }

    /// The answer, or what the first rule that has something else puts in its place.
    fn directed(&mut self, seen: &Seen, cues: &[Cue], outcome: &mut Outcome) -> Reply {
        for Cue { rule, .. } in cues {
            let act = &rule.act;
            if let Some(lose) = act.lose {
                if lose == Lose::After {
                    self.org.answer(seen);
                }
                outcome.lost = Some((lose == Lose::After, "the connection was reset".to_owned()));
                return vec![Step::Reset];
            }
            if let Some(name) = &act.fault {
                return self.fault(name, act.applied, seen, outcome);
            }
            if let Some(status) = act.status {
                self.org.answered += 1;
                let body = match &act.body {
                    None => String::new(),
                    Some(serde_json::Value::String(text)) => text.clone(),
                    Some(body) => body.to_string(),
                };
                outcome.refused = status == 429;
                let answer = self.org.stamped(Answer::new(status, body));
                return with_headers(answer, act).reply();
            }
        }
        let answer = match self.conductor.behind(seen, &self.org) {
            Some(mut view) => {
                let answer = view.answer(seen);
                (self.org.answered, self.org.ledger) = (view.answered, view.ledger);
                outcome.on_cue.push("stale read".to_owned());
                answer
            }
            None => self.org.answer(seen),
        };
        outcome.refused = answer.status == 429;
        let answer = self.org.compressed(answer, seen);
        cues.iter().fold(answer, |answer, cue| with_headers(answer, &cue.rule.act)).paced(self.body_time)
    }

    fn fault(&mut self, name: &str, applied: Option<bool>, seen: &Seen, outcome: &mut Outcome) -> Reply {
        let fault = faults::named(name).expect("checked when the script was read");
        let applied = applied.unwrap_or(fault.may_apply);
        let answer = match applied {
            true => self.org.answer(seen),
            // The right answer, without its consequences.
            false => self.org.clone().answer(seen),
        };
        match fault.kind {
            Kind::Limited | Kind::LimitedForLong => outcome.refused = true,
            Kind::Harmless | Kind::Refused => {}
            _ => outcome.lost = Some((applied, name.to_owned())),
        }
        (fault.reply)(&answer, &self.site(seen))
    }

    fn site(&self, seen: &Seen) -> Site {
        Site {
            origin: self.org.origin.clone(),
            elsewhere: self.elsewhere.clone(),
            target: seen.target.clone(),
            now: self.org.clock.seconds(),
            second: self.second,
        }
    }

    fn enter(&mut self, seen: &Seen, number: u64, object: Option<String>, outcome: Outcome, reply: &Reply) {
        // Without a log a bench has nothing that grows with the number of its objects, and nothing to look up.
        if !self.keeps_log && !outcome.refused && outcome.lost.is_none() {
            return;
        }
        let operation = verify::name(seen);
        if self.keeps_log {
            let count = self.report.operations.entry(operation.clone()).or_default();
            count.requests += 1;
            if let Some(object) = &object {
                *count.objects.entry(object.clone()).or_default() += 1;
            }
            let on_cue = (!outcome.on_cue.is_empty()).then(|| outcome.on_cue.join(", "));
            self.report.log.push(Entry {
                number,
                method: seen.method.clone(),
                target: self.secrets.redacted(&seen.target),
                operation: operation.clone(),
                object: object.clone(),
                status: status(reply),
                on_cue,
            });
        }
        if outcome.refused {
            self.report.refused.push(Refused { request: number, operation: operation.clone() });
        }
        if let Some((carried_out, how)) = outcome.lost {
            self.report.lost.push(Lost { request: number, operation, object, carried_out, how });
        }
    }

    /// The account so far.
    pub fn report(&self) -> Report {
        Report { changes: self.org.changes().to_vec(), quota: self.org.ledger.account(), ..self.report.clone() }
    }

    /// Another script; its counts begin anew.
    pub fn set_script(&mut self, script: Script) {
        if let Some(push) = &script.push {
            self.org.response = push.clone();
        }
        self.conductor = Conductor::new(script);
    }

    /// Everything as it was in the beginning, the script too.
    pub fn reset(&mut self) {
        self.org = self.pristine.clone();
        self.set_script(self.conductor.script().clone());
        self.report = Report::default();
        self.secrets = Secrets::default();
    }
}

fn with_headers(answer: Answer, act: &Act) -> Answer {
    act.headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value))
}

/// After a while; a request that is to stay unread has to be left alone at once.
fn delayed(mut reply: Reply, latency: Duration) -> Reply {
    if !latency.is_zero() && !matches!(reply.first(), Some(Step::ResetUnread)) {
        reply.insert(0, Step::Pause(latency));
    }
    reply
}

/// The status of a reply whose first bytes hold a whole head.
fn status(reply: &Reply) -> Option<u16> {
    let bytes = reply.iter().find_map(|step| match step {
        Step::Send(bytes) => Some(bytes),
        _ => None,
    })?;
    let line = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let whole = bytes.windows(4).any(|window| window == b"\r\n\r\n");
    std::str::from_utf8(line).ok()?.parse().ok().filter(|_| whole)
}

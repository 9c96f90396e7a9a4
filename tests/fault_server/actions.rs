//! Every action of the table as the matrix needs it: what to send, in which state there is something to
//! do, and which request is the one that matters. All of it is found out, from the facts in the table and
//! by running the action on an org without a fault.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use okta_connector::actions::{OktaSession, TABLE};
use okta_connector::runtime::fixture;
use okta_connector::runtime::table::connector::Row;
use okta_connector::runtime::table::facts::Settles;
use okta_connector::runtime::table::parameter::Field;
use okta_rehearsal::Repeat;
use okta_rehearsal::server::Answer;
use serde_json::{Map, Value, json};

use super::okta::{GROUP, LOGIN, ROLE, Status, World, answers, builder, changes, start};
use super::runner::Request;
use super::secrets::PASSWORD;
use super::server::Seen;

/// How an action's main operation may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Read,
    /// A write that leaves the same state when it is sent twice.
    Repeatable,
    /// A write that may be sent once.
    Single,
}

#[derive(Clone)]
pub struct Action {
    pub identifier: &'static str,
    pub class: Class,
    /// Of the main operation: the last write, or the last read of an action that changes nothing.
    pub method: String,
    /// Path of the main operation.
    pub path: String,
    pub parameters: Value,
    /// So many requests come before the main operation.
    pub lookups: usize,
    /// Whether the main operation needs a body that has something in it.
    pub needs_body: bool,
    pub is_list: bool,
    /// Whether the answer has to be about whom or what was asked for.
    pub is_about_one: bool,
    /// What reading shows of a lost answer.
    pub settles: Settles,
    preparation: Preparation,
}

type Preparation = fn(&mut World);

/// The states that are tried until an action has something to do.
const PREPARATIONS: &[(&str, Preparation)] = &[
    ("nothing", |_| {}),
    ("user staged", |org| org.set_status(LOGIN, Status::Staged)),
    ("user provisioned", |org| org.set_status(LOGIN, Status::Provisioned)),
    ("user in recovery", |org| org.set_status(LOGIN, Status::Recovery)),
    ("user locked out", |org| org.set_status(LOGIN, Status::LockedOut)),
    ("password expired", |org| org.set_status(LOGIN, Status::PasswordExpired)),
    ("user suspended", |org| org.set_status(LOGIN, Status::Suspended)),
    ("user deprovisioned", |org| org.set_status(LOGIN, Status::Deprovisioned)),
    ("role held", |org| {
        org.give_role(LOGIN, ROLE);
    }),
    ("member of the group", |org| {
        let user = org.find_user(LOGIN).expect("the user");
        org.set_member(GROUP, user, true);
    }),
];

impl Action {
    pub fn is_main(&self, seen: &Seen) -> bool {
        seen.is(&self.method, &self.path)
    }

    /// The state in which the action has something to do.
    pub fn prepare(&self, world: &mut World) {
        world.response = answers("SUCCESS");
        (self.preparation)(world);
    }

    /// The same, before the org is served.
    pub fn preparation(&self) -> impl FnOnce(&mut World) + 'static {
        let action = self.clone();
        move |world| action.prepare(world)
    }
}

pub fn named(identifier: &str) -> Action {
    all().into_iter().find(|action| action.identifier == identifier).expect("one of the table")
}

/// All actions, in the order of the table.
pub fn all() -> Vec<Action> {
    static ALL: LazyLock<Vec<Action>> = LazyLock::new(|| TABLE.iter().map(find_out).collect());
    ALL.clone()
}

fn find_out(row: &Row<OktaSession>) -> Action {
    let (facts, parameters) = (row.facts, parameters(row));
    let mut tried = Vec::new();
    for (name, preparation) in PREPARATIONS {
        match attempt(row, &parameters, *preparation) {
            Ok(action) => return action,
            Err(why) => tried.push(format!("{name}: {why}")),
        }
    }
    panic!("{} with {parameters} does nothing in any state:\n{}", facts.identifier, tried.join("\n"));
}

/// Runs an action without a fault, and looks at what it sent.
fn attempt(row: &Row<OktaSession>, parameters: &Value, preparation: Preparation) -> Result<Action, String> {
    let facts = row.facts;
    let exchanges: Arc<Mutex<Vec<(Seen, Answer)>>> = Arc::default();
    let log = exchanges.clone();
    let org = builder()
        .prepare(move |org| {
            org.response = answers("SUCCESS");
            preparation(org);
        })
        .hook(move |org, seen| {
            let answer = org.answer(seen);
            log.lock().unwrap().push((seen.clone(), answer.clone()));
            Some(answer.reply())
        });
    let (server, world) = start(org);
    let ran = Request::new(facts.identifier, &server.origin(), parameters.clone()).factor(f64::INFINITY).run();
    if !ran.succeeded() {
        return Err(ran.message().to_owned());
    }
    if !facts.read_only && changes(&world.org()) == 0 {
        return Err("nothing was changed".to_owned());
    }
    let exchanges = std::mem::take(&mut *exchanges.lock().unwrap());
    let is_main = |(seen, _): &(Seen, Answer)| facts.read_only == (seen.method == "GET");
    let at = exchanges.iter().rposition(is_main).expect("it sent something");
    let (seen, answer) = &exchanges[at];
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(Action {
        identifier: facts.identifier,
        class: match okta_rehearsal::repeat(seen) {
            _ if facts.read_only => Class::Read,
            Some(Repeat::Repeatable) => Class::Repeatable,
            _ => Class::Single,
        },
        method: seen.method.clone(),
        path: seen.path().to_owned(),
        parameters: parameters.clone(),
        lookups: at,
        needs_body: !matches!(&body, Value::Null) && body != json!({}),
        is_list: body.is_array(),
        is_about_one: names(&body, parameters),
        settles: facts.settles,
        preparation,
    })
}

/// Whether an answer has what was asked for in it: an id, a login, a name or a type.
fn names(body: &Value, parameters: &Value) -> bool {
    let names = ["/id", "/type", "/profile/login", "/profile/name"].map(|pointer| body.pointer(pointer));
    let mut asked = parameters.as_object().into_iter().flat_map(Map::values);
    asked.any(|value| names.contains(&Some(value)))
}

/// A value for every required parameter.
fn parameters(row: &Row<OktaSession>) -> Value {
    let required = row.fields.iter().filter(|field| field.required);
    required.map(|field| (field.name.to_owned(), value(row, field))).collect::<Map<_, _>>().into()
}

/// By what the parameter names, or as in the action's first fixture that succeeds.
fn value(row: &Row<OktaSession>, field: &Field) -> Value {
    let names = |kind: &str| field.contains.contains(&kind);
    if names("okta user id") {
        return json!(LOGIN);
    }
    if names("okta group id") {
        return json!(builder().inspect(|org| org.plan().group_id(GROUP)));
    }
    if names("okta role id") {
        return json!(builder().inspect(|org| org.give_role(LOGIN, ROLE)));
    }
    match field.values.first() {
        Some(first) => json!(first),
        None if field.secret => json!(PASSWORD),
        None => recorded(row, field).unwrap_or_else(|| json!("text")),
    }
}

fn recorded(row: &Row<OktaSession>, field: &Field) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(row.facts.identifier);
    let mut paths: Vec<PathBuf> = fixture::find(std::slice::from_ref(&folder)).ok()?;
    paths.sort();
    paths.iter().find_map(|path| {
        let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
        let parameters = &fixture["request"]["parameters"];
        let one = parameters.as_array().map_or(Some(parameters), |sets| sets.first())?;
        (fixture["expected"]["status"] == "success").then(|| one.get(field.name).cloned()).flatten()
    })
}

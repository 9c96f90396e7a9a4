//! Properties: whatever comes in, one result goes out; pages come out as they came in; no answer
//! breaks the program; no listed encoding hides a secret.

mod fault_server;

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};

use fault_server::runner::{Ran, Request, run_bytes};
use fault_server::secrets::{TOKEN, forms, traces};
use okta_connector::runtime::secret::{MASK, Redactor};
use okta_connector::runtime::transport::{Error, Headers, Limits, Request as Sent, Response, Transport};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Answers from memory, one after the other, in pieces of a given size.
struct Answers {
    left: Mutex<Vec<(u16, Vec<(String, String)>, Vec<u8>)>>,
    piece: usize,
}

impl Answers {
    fn new(mut answers: Vec<(u16, Vec<(String, String)>, Vec<u8>)>, piece: usize) -> Arc<Answers> {
        answers.reverse();
        Arc::new(Answers { left: Mutex::new(answers), piece })
    }
}

struct Pieces(Cursor<Vec<u8>>, usize);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

impl Transport for Answers {
    fn send(&self, _: &Sent<'_>, _: &Limits) -> Result<Response, Error> {
        let mut left = self.left.lock().unwrap();
        // The last one is given again and again.
        let (status, headers, body) = if left.len() > 1 { left.pop().unwrap() } else { left[0].clone() };
        Ok(Response { status, headers: Headers(headers), body: Box::new(Pieces(Cursor::new(body), self.piece)) })
    }
}

/// Knows nothing and nobody.
fn nobody() -> Arc<Answers> {
    Answers::new(vec![(404, Vec::new(), Vec::new())], 100)
}

const BASE_URL: &str = "https://acme.okta.com";

fn run(identifier: &str, parameters: Value, answers: Arc<Answers>) -> Ran {
    Request::new(identifier, BASE_URL, parameters).timeout(20).factor(f64::INFINITY).transport(answers).run()
}

fn promised(ran: &Ran) -> Result<(), TestCaseError> {
    let broken = ran.broken_promises();
    prop_assert!(broken.is_empty(), "{broken:?}\n{}", ran.stdout);
    Ok(())
}

/// JSON of any shape, as text that keeps its own way of writing things.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
        "\"([ !#-\\[\\]-~é-ÿ€😀]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-f]{2}){0,12}\"",
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
            prop::collection::vec(("[a-z_]{0,6}", inner), 0..4).prop_map(object),
        ]
    })
}

fn object(members: Vec<(String, String)>) -> String {
    let members: Vec<String> = members.into_iter().map(|(name, value)| format!("\"{name}\":\t{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// An element of a list, on one line as a result has it.
fn item() -> impl Strategy<Value = String> {
    prop::collection::vec(("[a-z_]{0,6}", json_text()), 0..4).prop_map(object)
}

/// Something like a request, often nearly right.
fn nearly_a_request() -> impl Strategy<Value = Vec<u8>> {
    let action = prop_oneof!["[a-zA-Z _-]{0,20}", Just("list users".to_owned()), Just("set-password".to_owned())];
    let url = prop_oneof![Just("http://127.0.0.1:1".to_owned()), "[ -~]{0,30}", Just("https://[::1]:1/x".to_owned())];
    let request =
        (action, url, json_text(), json_text(), any::<bool>()).prop_map(|(action, url, parameters, extra, named)| {
            let name = if named { "action" } else { "identifier" };
            let config = format!("{{\"base_url\":{},\"api_key\":{}}}", json!(url), json!(TOKEN));
            // Unusable parameters, unless a changed byte hides them.
            format!(
                "{{\"{name}\":{},\"config\":{config},\"parameters\":[{parameters},1],\"x\":{extra}}}",
                json!(action)
            )
        });
    (request, any::<prop::sample::Index>(), any::<u8>(), 0..4u8).prop_map(|(text, at, byte, change)| {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        match change {
            0 => bytes[at] = byte,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, byte),
            _ => {}
        }
        bytes
    })
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn any_bytes_on_stdin_give_one_result(input in prop::collection::vec(any::<u8>(), 0..300)) {
        let ran = run_bytes(input, Vec::new(), f64::INFINITY, Some(nobody()));
        promised(&ran)?;
        prop_assert_eq!(ran.status, 2);
    }

    #[test]
    fn nearly_a_request_gives_one_result_and_shows_no_secret(input in nearly_a_request()) {
        let ran = run_bytes(input, Vec::new(), f64::INFINITY, Some(nobody()));
        promised(&ran)?;
        prop_assert_ne!(ran.status, 0);
    }

    #[test]
    fn any_json_gives_one_result(input in json_text()) {
        promised(&run_bytes(input.into_bytes(), Vec::new(), f64::INFINITY, Some(nobody())))?;
    }

    #[test]
    fn pages_come_out_as_they_came_in(
        pages in prop::collection::vec(prop::collection::vec(item(), 0..5), 1..6),
        piece in 1..400usize,
        spaces in "[ \t\r\n]{0,3}",
    ) {
        let last = pages.len() - 1;
        let answers = pages.iter().enumerate().map(|(number, items)| {
            let body = format!("{spaces}[{spaces}{}{spaces}]{spaces}", items.join(&format!("{spaces},{spaces}")));
            let next = format!("<{BASE_URL}/api/v1/users?after={number}>; rel=\"next\"");
            let headers = if number < last { vec![("Link".to_owned(), next)] } else { Vec::new() };
            (200, headers, body.into_bytes())
        });
        let ran = run("list_users", json!({}), Answers::new(answers.collect(), piece));
        promised(&ran)?;
        prop_assert!(ran.succeeded(), "{}", ran.stdout);
        prop_assert_eq!(elements(&ran.stdout), pages.concat());
    }

    #[test]
    fn any_answer_is_an_answer_or_a_protocol_error(
        status in prop_oneof![Just(200u16), Just(201), Just(204), 200..600u16],
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            json_text().prop_map(String::into_bytes),
            item().prop_map(|item| format!("[{item}]").into_bytes()),
        ],
        header in prop_oneof![Just("Link".to_owned()), Just("Location".to_owned()), "[A-Za-z-]{1,12}"],
        value in "[ -~]{0,60}",
        piece in 1..300usize,
        identifier in prop::sample::select(vec![
            ("list_users", json!({})),
            ("get_user", json!({"user_id": "ada"})),
            ("disable_user", json!({"id": "ada"})),
            ("reset_password", json!({"user_id": "ada", "receive_type": "UI"})),
            ("send_push_notification", json!({"email": "00uq3x7ZkT9aLmN4w5d7", "factortype": "push"})),
        ]),
    ) {
        let ran = run(identifier.0, identifier.1, Answers::new(vec![(status, vec![(header, value)], body)], piece));
        promised(&ran)?;
        let ok = (200..300).contains(&status);
        if ok && !ran.succeeded() {
            prop_assert!(matches!(ran.kind(), "protocol" | "conflict"), "{}", ran.stdout);
        }
        prop_assert!(ok || !ran.succeeded(), "{} is no success: {}", status, ran.stdout);
        prop_assert_ne!(ran.kind(), "internal");
    }
}

/// The elements of `data` as they stand.
fn elements(stdout: &str) -> Vec<String> {
    let members: HashMap<&str, &RawValue> = serde_json::from_str(stdout).expect("an object");
    let members: HashMap<&str, &RawValue> = serde_json::from_str(members["action_result"].get()).expect("an object");
    let elements: Vec<&RawValue> = serde_json::from_str(members["data"].get()).expect("an array");
    elements.into_iter().map(|element| element.get().to_owned()).collect()
}

/// A secret with characters that every encoding changes.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof!["[!-~]{8,40}", "[ -~é€😀]{10,30}", "00[A-Za-z0-9_-]{38}"]
        // What repeats itself or looks like text around it finds itself by chance.
        .prop_filter("varied", |secret| {
            let mut characters: Vec<char> = secret.chars().take(8).collect();
            characters.sort();
            characters.dedup();
            characters.len() >= 6 && secret.trim() == secret && !holds_percent_digits(secret)
        })
}

/// Whether a secret itself looks percent-encoded: a test of its own.
fn holds_percent_digits(secret: &str) -> bool {
    secret.as_bytes().windows(3).any(|three| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit))
}

#[test]
fn a_secret_that_looks_percent_encoded_is_found_in_every_form() {
    for secret in ["%a0-secret-!?", "pass%41word", "100%25off-today"] {
        let redactor = Redactor::default();
        redactor.add(secret);
        for (form, text) in forms(secret) {
            let shown = redactor.text(&text).into_owned();
            assert!(traces(&shown, secret).is_empty(), "{form}: {secret} in {shown}");
        }
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn a_secret_is_found_in_every_form(secret in secret(), before in "[#;~ ]{0,3}", after in "[#;~ ]{0,3}") {
        let redactor = Redactor::default();
        redactor.add(&secret);
        for (form, text) in forms(&secret) {
            let shown = redactor.text(&format!("{before}{text}{after}")).into_owned();
            prop_assert!(traces(&shown, &secret).is_empty(), "{}: {} in {}", form, secret, shown);
            prop_assert!(shown.contains(MASK), "{}: {} in {}", form, secret, shown);
        }
    }

    #[test]
    fn json_without_secrets_is_the_same_json(secret in secret(), item in item(), position in 0..3usize) {
        let redactor = Redactor::default();
        redactor.add(&secret);
        let quoted = json!(secret).to_string();
        let raw = match position {
            0 => format!("{{\"a\":{quoted},\"b\":{item}}}"),
            1 => format!("{{\"a\":[{item},{quoted},{{\"c\":{quoted}}}]}}"),
            _ => format!("{{\"a\":{{\"b\":{item},\"c\":{quoted}}}}}"),
        };
        let masked = redactor.json(&raw).into_owned();
        let (before, after): (Value, Value) = (serde_json::from_str(&raw).unwrap(), serde_json::from_str(&masked).unwrap());
        prop_assert!(!masked.contains(&quoted), "{}", masked);
        prop_assert_eq!(shape(&before), shape(&after));
    }

    #[test]
    fn what_holds_no_secret_is_left_alone(text in "[a-z0-9 ]{0,80}", item in item()) {
        let redactor = Redactor::default();
        redactor.add("QQ!!WW\"\"EE\\\\RR--TT");
        prop_assert_eq!(redactor.text(&text).into_owned(), text.clone());
        prop_assert_eq!(redactor.json(&item).into_owned(), item.clone());
    }
}

/// A value with all strings the same: keys, numbers and structure are left.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => json!(""),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        other => other.clone(),
    }
}

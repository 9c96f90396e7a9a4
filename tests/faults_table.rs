//! docs/reliability.md holds what the code and the fault tests say: its tables are made of the same
//! functions that judge every error and every cell.

mod fault_server;

use std::time::Duration;

use fault_server::actions;
use fault_server::faults;
use fault_server::matrix::{expected, modes};
use okta_connector::okta::error::Refusal;
use okta_connector::okta::retry::{AttemptResult, Decision, History, Rights, decide};
use okta_connector::runtime::secret::Redactor;
use okta_connector::runtime::transport::Headers;
use serde_json::json;

/// One action for each way of sending; with the heading of its column.
const COLUMNS: &[(&str, &str)] = &[
    ("get_user", "a read"),
    ("disable_user", "a write that may be repeated"),
    ("reset_password", "a write that may not"),
    ("add_group", "*add group*"),
];

fn table() -> String {
    let mut table = "| fault | how often |".to_owned();
    COLUMNS.iter().for_each(|(_, heading)| table.push_str(&format!(" {heading} |")));
    table.push_str("\n| --- | --- | --- | --- | --- | --- |\n");
    for fault in faults::all() {
        for mode in modes(&fault) {
            let cells: Vec<String> = COLUMNS
                .iter()
                .map(|(identifier, _)| {
                    let action = actions::named(identifier);
                    match fault.fits(&action) {
                        true => expected(&fault, &action, mode).in_words(),
                        false => "–".to_owned(),
                    }
                })
                .collect();
            table.push_str(&format!("| {} | {} | {} |\n", fault.name, mode.in_words(), cells.join(" | ")));
        }
    }
    table
}

/// Okta's errors that have a row of their own (okta-api.md, Errors), and what stands for the rest.
const ERRORS: &[(u16, &str, &str)] = &[
    (400, "E0000001", "validation failed"),
    (400, "E0000001", "validation failed: already exists, or the state of a user"),
    (400, "E0000003", "malformed body"),
    (400, "E0000030", "invalid date"),
    (400, "E0000031", "invalid search criteria"),
    (400, "E0000033", "`q` or `search` together with `filter`"),
    (400, "E0000063", "invalid combination of parameters"),
    (400, "E0000094", "unsupported filter"),
    (401, "E0000004", "authentication failed"),
    (401, "E0000011", "invalid token"),
    (401, "E0000015", "feature not enabled"),
    (403, "E0000005", "invalid session"),
    (403, "E0000006", "no permission"),
    (403, "E0000014", "credentials not updated"),
    (403, "E0000016", "already active"),
    (403, "E0000017", "password not reset"),
    (403, "E0000023", "managed elsewhere"),
    (403, "E0000032", "unlock not allowed"),
    (403, "E0000035", "credentials must not be set"),
    (403, "E0000038", "not allowed in the user's status"),
    (403, "E0000068", "wrong passcode"),
    (403, "E0000069", "user locked"),
    (403, "E0000079", "not allowed in the authentication state"),
    (403, "E0000080", "password policy"),
    (403, "E0000082", "passcode used before"),
    (404, "E0000007", "not found"),
    (404, "E0000008", "no such endpoint"),
    (404, "E0000191", "verification timed out"),
    (409, "E0000090", "role assigned already"),
    (409, "E0000112", "another request is making changes"),
    (409, "E0000253", "another request is making changes"),
    (409, "E0000268", "another request is making changes"),
    (423, "E0000239", "another request is making changes"),
    (429, "E0000047", "rate limit"),
    (429, "E0000109", "too many text messages to one user"),
    (429, "E0000133", "too many calls to one user"),
    (500, "E0000009", "internal error"),
    (501, "E0000060", "not supported"),
    (503, "E0000010", "read-only mode"),
    (401, "E0000999", "any other 401 of Okta's"),
    (403, "E0000999", "any other 403 of Okta's"),
    (404, "E0000999", "any other 404 of Okta's"),
    (409, "E0000999", "any other 409 of Okta's"),
    (418, "E0000999", "any other 4xx of Okta's"),
    (404, "", "a 4xx that is not Okta's error"),
    (502, "", "5xx of a proxy"),
    (799, "", "a status code without a meaning"),
];

fn errors() -> String {
    let mut table = "| status | code | meaning | `kind` | a change is then | sent again |\n".to_owned();
    table.push_str("| --- | --- | --- | --- | --- | --- |\n");
    let redactor = Redactor::default();
    for (status, code, meaning) in ERRORS {
        let cause = if meaning.contains("already exists") { "An object with this field already exists" } else { "" };
        let body = match code.is_empty() {
            true => "<html>".to_owned(),
            false => {
                json!({"errorCode": code, "errorSummary": "", "errorCauses": [{"errorSummary": cause}]}).to_string()
            }
        };
        let refusal = Refusal::read(*status, None, body.as_bytes(), &redactor);
        let again = |repeatable, is_write| {
            let history = History { tries: 1, internal_errors: 1, host_known: true, ..History::default() };
            let result = AttemptResult::Answer(&refusal, &Headers(Vec::new()));
            matches!(decide(&result, Rights { repeatable, is_write }, history, &|_| Duration::ZERO), Decision::Wait(..))
        };
        let again = match (again(true, false), again(true, true), again(false, true)) {
            (true, true, true) => "always",
            (true, true, false) => "reads, and changes that may be repeated",
            (false, false, false) => "never",
            other => panic!("{status} {code}: {other:?}"),
        };
        let kind = json!(refusal.kind());
        let outcome = if refusal.is_certain() { "not_applied" } else { "unknown" };
        table.push_str(&format!(
            "| {status} | {code} | {meaning} | `{}` | `{outcome}` | {again} |\n",
            kind.as_str().unwrap()
        ));
    }
    table
}

/// The page with these tables between their marks.
fn with_tables(page: &str) -> String {
    let replaced = |page: &str, name: &str, table: &str| {
        let (begin, end) =
            (format!("<!-- {name}: generated by tests/faults_table.rs -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = page.split_once(&begin).expect("the mark that begins a table");
        let (_, after) = rest.split_once(&end).expect("the mark that ends a table");
        format!("{before}{begin}{table}{end}{after}")
    };
    replaced(&replaced(page, "errors", &errors()), "faults", &table())
}

#[test]
fn the_tables_of_the_docs_are_what_the_code_and_the_fault_tests_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reliability.md");
    let page = std::fs::read_to_string(path).unwrap();
    let wanted = with_tables(&page);
    if std::env::var_os("UPDATE_RELIABILITY").is_some() {
        std::fs::write(path, &wanted).unwrap();
        return;
    }
    assert!(page == wanted, "docs/reliability.md has drifted: UPDATE_RELIABILITY=1 cargo test --test faults_table");
}

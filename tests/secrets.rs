//! What must never leave: the token, a new password and the proxy's password, in any encoding,
//! wherever the other side echoes them. `runner.rs` looks for them in stdout and stderr of every run.

mod fault_server;

use fault_server::actions::{self, named};
use fault_server::certificates::{Authority, Flaw};
use fault_server::okta::{LOGIN, org};
use fault_server::runner::{FACTOR, Request};
use fault_server::secrets::{PASSWORD, PROXY_PASSWORD, TOKEN, base64, forms, json_escaped, percent};
use fault_server::server::{Answer, Reply, Seen, Server, Step};
use fault_server::tunnel::Tunnel;
use serde_json::json;

/// Whether a text can stand in a header.
fn fits_header(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// A place in an answer where a secret is echoed.
type Echo = fn(&str, &Seen) -> Option<Reply>;

const PLACES: &[(&str, Echo)] = &[
    ("error summary", |form, _| Some(Answer::error(400, "E0000001", &format!("Bad: {form}."), "").reply())),
    ("error cause", |form, _| Some(Answer::error(400, "E0000001", "Validation", &format!("a{form}b")).reply())),
    ("error summary as it stands", |form, _| {
        let body = format!("{{\"errorCode\":\"E0000001\",\"errorSummary\":\"x {form} y\"}}");
        Some(Answer::new(400, body).reply())
    }),
    ("error code", |form, _| {
        Some(Answer::new(400, json!({"errorCode": form, "errorSummary": "x", "errorCauses": []}).to_string()).reply())
    }),
    ("html error", |form, _| Some(Answer::new(502, format!("<p>Authorization: SSWS {form}</p>")).reply())),
    ("html between tags", |form, _| Some(Answer::new(403, format!("<p>a</p>{form}<br>x")).reply())),
    ("plain text with status 200", |form, _| Some(Answer::new(200, format!("echo {form} echo")).reply())),
    ("beyond the cut of an excerpt", |form, _| {
        Some(Answer::new(403, format!("{} {form} {}", "x".repeat(494), "y".repeat(100))).reply())
    }),
    ("request id", |form, _| {
        let answer = Answer::error(403, "E0000006", "No", "");
        fits_header(form).then(|| answer.header("X-Okta-Request-Id", format!("req-{form}")).reply())
    }),
    ("location", |form, _| {
        fits_header(form).then(|| Answer::new(302, "").header("Location", format!("/x/{form}/y?z={form}")).reply())
    }),
    ("location elsewhere", |form, _| {
        let to = format!("https://example.test/x/{form}");
        fits_header(form).then(|| Answer::new(302, "").header("Location", to).reply())
    }),
    ("link elsewhere", |form, _| {
        let link = format!("<https://example.test/{form}/y>; rel=\"next\"");
        fits_header(form).then(|| Answer::new(200, "[]").header("Link", link).reply())
    }),
    ("link that loops", |form, seen| {
        let link =
            format!("<http://{}/api/v1/users?after={}>; rel=\"next\"", seen.header("host")?, percent(form, true));
        Some(Answer::new(200, "[]").header("Link", link).reply())
    }),
    ("string of an item", |form, _| {
        Some(Answer::new(200, json!([{"id": "a", "x": format!("-{form}-")}]).to_string()).reply())
    }),
    ("whole string of an item", |form, _| Some(Answer::new(200, json!({"id": form, "x": [form]}).to_string()).reply())),
    ("garbage instead of HTTP", |form, _| Some(vec![Step::Send(format!("{form}\r\n\r\n").into_bytes()), Step::Close])),
    ("status line", |form, _| {
        let answer = format!("HTTP/1.1 403 {form}\r\nContent-Length: 0\r\n\r\n");
        Some(vec![Step::Send(answer.into_bytes()), Step::Close])
    }),
    ("header name", |form, _| {
        let answer = format!("HTTP/1.1 200 OK\r\nX-{form}: x\r\nContent-Length: {form}\r\n\r\n");
        Some(vec![Step::Send(answer.into_bytes()), Step::Close])
    }),
];

/// Text of JSON inside a string of JSON: `data` has it escaped once more.
fn is_json_in_json(form: &str, place: &str) -> bool {
    place.ends_with("of an item") && (form.contains("JSON") || form.contains("unicode"))
}

/// Runs these actions with the secret echoed in every form in every place that are wanted.
fn echo_where(secret: &str, identifiers: &[&str], wanted: impl Fn(&str, &str) -> bool) {
    let mut problems = Vec::new();
    for (form, text) in forms(secret) {
        for (place, echo) in PLACES.iter().filter(|(place, _)| wanted(form, place)) {
            for identifier in identifiers {
                let action = named(identifier);
                let (sent, echo) = (text.clone(), *echo);
                let server = Server::new(move |seen| echo(&sent, seen).unwrap_or_else(|| Answer::new(404, "").reply()));
                let request = Request::new(identifier, &server.origin(), action.parameters).timeout(5);
                let broken = request.run().broken_promises();
                if !broken.is_empty() {
                    problems.push(format!("{form} in {place}, {identifier}: {broken:?}"));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} leaks:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_token_never_leaves_wherever_it_is_echoed() {
    echo_where(TOKEN, &["list_users", "get_user", "disable_user"], |form, place| !is_json_in_json(form, place));
}

#[test]
fn a_new_password_never_leaves_wherever_it_is_echoed() {
    echo_where(PASSWORD, &["set_password"], |form, place| !is_json_in_json(form, place));
}

#[test]
fn a_secret_in_json_inside_a_string_of_data_never_leaves() {
    echo_where(TOKEN, &["list_users", "get_user"], is_json_in_json);
    echo_where(PASSWORD, &["set_password"], is_json_in_json);
}

#[test]
fn the_passwords_echo_in_the_parameters_is_masked() {
    let (server, _world) = org(|_, _| None);
    let action = named("set_password");
    let ran = Request::new("set_password", &server.origin(), action.parameters).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(ran.action()["parameter"]["new_password"], "********");
    let sent: serde_json::Value = serde_json::from_slice(&server.seen()[0].body).unwrap();
    assert_eq!(sent["credentials"]["password"]["value"], PASSWORD, "Okta gets the password as it was given");
}

#[test]
fn a_password_in_other_sets_and_in_context_is_masked_too() {
    let (server, _world) = org(|_, _| None);
    let sets = json!([
        {"id": LOGIN, "new_password": PASSWORD, "context": {"note": format!("use {PASSWORD}"), "token": TOKEN}},
        {"id": PASSWORD, "new_password": "another-one-1"},
        {"id": LOGIN, "new_password": PASSWORD, "limt": 1},
    ]);
    Request::new("set_password", &server.origin(), sets).run().checked();
}

#[test]
fn unusable_requests_do_not_show_the_secrets_they_hold() {
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let action = named("set_password");
        let mut request = Request::new("set_password", "http://127.0.0.1:1", action.parameters);
        change(&mut request.document);
        request.factor(FACTOR).run().checked()
    };
    for change in [
        &(|document: &mut serde_json::Value| document["config"]["base_url"] = json!(TOKEN))
            as &dyn Fn(&mut serde_json::Value),
        &|document| document["config"]["base_url"] = json!(format!("https://x:{TOKEN}@a.okta.com")),
        &|document| document["config"][TOKEN] = json!(1),
        &|document| document["config"]["ca_bundle"] = json!(TOKEN),
        &|document| document["config"]["api_key"] = json!(format!("{TOKEN} {TOKEN}")),
        &|document| document["config"]["api_key"] = json!({"value": TOKEN}),
        &|document| document["config"]["org_url"] = json!(TOKEN),
        &|document| document["identifier"] = json!(TOKEN),
        &|document| document["parameters"][TOKEN] = json!("x"),
        &|document| document["parameters"][PASSWORD] = json!("x"),
        &|document| document["parameters"]["new_password"] = json!([PASSWORD]),
        &|document| document["parameters"]["new_password"] = json!({"value": PASSWORD}),
        &|document| document["parameters"]["id"] = json!({"x": PASSWORD}),
        &|document| document["environment_variables"]["HTTPS_PROXY"] = json!({"value": [TOKEN]}),
        &|document| document["timeout_seconds"] = json!(TOKEN),
        &|document| document["dry_run"] = json!(TOKEN),
    ] {
        let ran = with(change);
        assert!(!ran.succeeded(), "{}", ran.stdout);
    }
}

#[test]
fn a_request_that_breaks_off_shows_nothing_of_itself() {
    let action = named("set_password");
    let whole = Request::new("set_password", "http://127.0.0.1:1", action.parameters).document.to_string();
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        let ran = fault_server::runner::run_bytes(whole.as_bytes()[..end].to_vec(), Vec::new(), FACTOR, None).checked();
        assert_eq!(ran.kind(), "invalid_request", "{}", ran.stdout);
    }
}

#[test]
fn a_proxys_password_never_leaves_wherever_it_is_echoed() {
    let authority = Authority::new("Inspection CA");
    let config = authority.server(Flaw::None);
    let pair = format!("soar:{PROXY_PASSWORD}");
    let mut texts = forms(PROXY_PASSWORD);
    texts.push(("the header", format!("Basic {}", base64(pair.as_bytes()))));
    for (form, text) in texts {
        let echoed = text.clone();
        let server = Server::tls(config.clone(), move |_| Answer::new(502, format!("<p>{echoed}</p>")).reply());
        let (through, answer) =
            (Tunnel::open(server.address()), format!("HTTP/1.1 407 {text}\r\nX-Echo: {text}\r\n\r\n{text}"));
        let refusing = Tunnel::new(server.address(), move |_| Some(answer.clone().into_bytes()));
        for tunnel in [through, refusing] {
            let proxy = format!("http://soar:{}@{}", percent(PROXY_PASSWORD, true), tunnel.address());
            let broken = Request::new("get_user", "https://org.example.test", json!({"user_id": LOGIN}))
                .config("ca_bundle", authority.pem())
                .variable("HTTPS_PROXY", proxy)
                .timeout(5)
                .run()
                .broken_promises();
            assert!(broken.is_empty(), "{form}: {broken:?}");
        }
    }
}

#[test]
fn what_an_answer_exists_to_deliver_stays_in_data_and_only_there() {
    let (server, _world) = org(|_, _| None);
    let parameters = json!({"user_id": LOGIN, "receive_type": "UI"});
    let ran = Request::new("reset_password", &server.origin(), parameters).run().checked();
    let link = ran.data()[0]["resetPasswordUrl"].as_str().expect("a link").to_owned();
    assert!(link.contains("/reset_password/fake-link-1"));
    assert!(!ran.message().contains(&link) && !ran.stderr.contains("link-1"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn foreign_text_in_messages_is_clean_and_short() {
    let long = "\u{1b}[31m\u{7}\u{202e}evil\u{0}\u{9b}2J ".repeat(400);
    for action in actions::all() {
        let text = long.clone();
        let server = Server::new(move |_| Answer::error(403, "E0000006", &text, &text).reply());
        let ran = Request::new(action.identifier, &server.origin(), action.parameters).run().checked();
        let message = ran.message();
        assert!(!message.chars().any(|c| c.is_control() || c == '\u{202e}'), "{message}");
        assert!(message.chars().count() < 1700, "{}", message.chars().count());
        assert!(!ran.stderr.chars().any(|c| c.is_control() && c != '\n'), "{}", ran.stderr);
    }
}

#[test]
fn secrets_in_json_that_is_escaped_otherwise_are_masked_and_json_stays_json() {
    let server = Server::new(|_| {
        let once = json_escaped(TOKEN);
        let solidus = once.replace('/', "\\/").replace('f', "\\u0066");
        let body = format!(
            r#"[{{"id":"{once}","{once}":1,"a":"\\{once}","c":"{solidus}","d":["x","{once}{once}"],"e":-0.10e+2}}]"#
        );
        Answer::new(200, body).reply()
    });
    let ran = Request::new("list_users", &server.origin(), json!({})).run();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert!(ran.stdout.contains(r#""e":-0.10e+2"#), "{}", ran.stdout);
    let item = &ran.data()[0];
    for member in ["id", "a", "c", "d"] {
        let value = item[member].to_string();
        assert!(fault_server::secrets::traces(&value, TOKEN).is_empty(), "{member}: {value}");
    }
}

/// *set password* for these sets, at an org that refuses each with words that repeat the password.
fn refused_with_the_password(sets: serde_json::Value) -> fault_server::runner::Ran {
    let server = Server::new(|seen| {
        let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        let password = body["credentials"]["password"]["value"].as_str().unwrap_or_default();
        Answer::error(403, "E0000080", &format!("The password {password} is known"), "").reply()
    });
    Request::new("set_password", &server.origin(), sets).run()
}

#[test]
fn the_envelopes_own_words_are_never_masked() {
    let words = [
        "success",
        "failed",
        "status",
        "message",
        "rejected",
        "not_applied",
        "E0000080",
        "parameter",
        "403",
        "error",
        "action_result",
        "set_password",
    ];
    for word in words {
        let sets = json!({"id": LOGIN, "new_password": word});
        // An org whose policy takes any word.
        let (server, _world) = org(|world, seen| {
            let body = json!({"credentials": {"password": {"value": PASSWORD}}}).to_string().into_bytes();
            let strong = if seen.method == "POST" { body } else { Vec::new() };
            Some(world.answer(&Seen { body: strong, ..seen.clone() }).reply())
        });
        let ran = Request::new("set_password", &server.origin(), sets.clone()).run();
        let statuses = [&ran.result["status"], &ran.action()["status"]];
        assert_eq!((statuses, ran.status), ([&json!("success"); 2], 0), "{word}: {}", ran.stdout);
        let ran = refused_with_the_password(sets);
        let statuses = [&ran.result["status"], &ran.action()["status"]];
        assert_eq!((statuses, ran.status), ([&json!("failed"); 2], 1), "{word}: {}", ran.stdout);
        assert_eq!((ran.kind(), ran.outcome()), ("rejected", "not_applied"), "{word}: {}", ran.stdout);
        assert_eq!(ran.result["identifier"], "set_password");
        assert!(ran.message().contains("********"), "{word}: {}", ran.message());
        // What came from outside is searched, also where a word is expected.
        let code = if word == "E0000080" { "********" } else { "E0000080" };
        assert_eq!(ran.error()["error_code"], code, "{word}: {}", ran.stdout);
    }
}

#[test]
fn each_set_is_searched_for_its_own_secrets_and_the_whole_repeats_the_first() {
    let sets: Vec<_> = (0..40).map(|n| json!({"id": LOGIN, "new_password": format!("{n:02}-of-many-words")})).collect();
    let ran = refused_with_the_password(json!(sets));
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("-of-man"), "{text}");
    }
    assert_eq!(ran.actions().len(), 40);
    assert!(
        ran.actions().iter().all(|set| set["message"].as_str().unwrap().contains("The password ******** is known"))
    );
    assert!(ran.result["message"].as_str().unwrap().contains("The password ******** is known"), "{}", ran.stdout);
}

#[test]
fn text_is_searched_before_it_is_cleaned_and_cut() {
    let password = "two  blanks\tand\u{202e}marks";
    let long = format!("{}{password}", "x".repeat(25));
    for sets in [
        json!({"id": password, "new_password": password}),
        json!({"id": long, "new_password": password}),
        json!({"id": LOGIN, "new_password": password, password: 1}),
        json!({"id": LOGIN, "new_password": password, long: 1}),
        json!({"id": {"x": 1}, "new_password": password, format!("{password} "): 1, "id ": password}),
    ] {
        let server = Server::new(move |_| {
            let causes = json!([{"errorSummary": password}]);
            let body = json!({"errorCode": "E0000001", "errorSummary": format!("x {password}"), "errorCauses": causes});
            Answer::new(400, body.to_string()).reply()
        });
        let ran = Request::new("set_password", &server.origin(), sets).run();
        for text in [ran.message(), ran.result["message"].as_str().unwrap(), &ran.stderr] {
            assert!(!text.contains("two blank"), "{text}");
        }
        assert!(ran.message().contains("********"), "{}", ran.message());
    }
}

#[test]
fn a_value_that_is_wrong_is_searched_before_it_is_shown() {
    let with_blanks = "00  blanks in it";
    for name in ["limit", "timeout_seconds", "verify_server_cert"] {
        let mut request = Request::new("list_users", "http://127.0.0.1:1", json!({"limit": 1}));
        request = request.config("api_key", with_blanks);
        let value = json!(format!("{} {with_blanks}", "1".repeat(24)));
        match name {
            "limit" => request.document["parameters"]["limit"] = value,
            name => request.document["config"][name] = value,
        }
        let ran = request.run();
        assert!(!ran.stdout.contains("00 bla"), "{name}: {}", ran.stdout);
    }
}

#[test]
fn a_message_has_a_bound_whatever_is_quoted_in_it() {
    let names: serde_json::Map<_, _> = (0..400).map(|n| (format!("unknown_\u{e4}_{n}"), json!(1))).collect();
    let ran = Request::new("list_users", "http://127.0.0.1:1", json!(names)).run().checked();
    for message in [ran.message(), ran.result["message"].as_str().unwrap()] {
        assert!((3000..=4096).contains(&message.len()), "{}: {message}", message.len());
        assert!(message.ends_with('\u{2026}'), "{message}");
    }
}

#[test]
fn a_long_secret_makes_no_message_longer() {
    let message = |password: String| {
        let ran = refused_with_the_password(json!({"id": LOGIN, "new_password": password}));
        assert!(!ran.stdout.contains("Longword"), "{}", ran.stdout);
        ran.message().to_owned()
    };
    assert_eq!(message("Longword".repeat(1250)), message("Longword".repeat(2)));
}

#[test]
fn an_unused_proxys_password_never_leaves_either() {
    let (server, _world) =
        org(|_, _| Some(Answer::error(403, "E0000006", "No: proxy-word-1, proxy-word-2", "").reply()));
    let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN}))
        .variable("HTTPS_PROXY", "http://soar:proxy-word-1@127.0.0.1:1")
        .process_variable("ftp_proxy", "ftp://soar:proxy-word-2@127.0.0.1:1")
        .run();
    assert!(!ran.stdout.contains("proxy-word"), "{}", ran.stdout);
    assert!(ran.message().contains("No: ********, ********"), "{}", ran.message());
}

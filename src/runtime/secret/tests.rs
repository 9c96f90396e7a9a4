//! What a redactor finds, what it leaves unchanged, and how much work it does.

use std::sync::Arc;

use super::{Redactor, base64_core, steps};

fn redactor(secrets: &[&str]) -> Redactor {
    let redactor = Redactor::default();
    secrets.iter().for_each(|secret| redactor.add(secret));
    redactor
}

#[test]
fn a_secret_is_found_in_every_encoding() {
    let redactor = redactor(&["p\u{e4}ss/w\"rd-1+2 3%"]);
    for text in [
        "p\u{e4}ss/w\"rd-1+2 3%",
        r#"p\u00e4ss\/w\"rd-1+2 3%"#,
        "p%C3%A4ss%2Fw%22rd-1%2b2+3%25",
        "p%25C3%25A4ss%252Fw%2522rd-1%252b2%25203%2525",
        "p\u{e4}ss/w&quot;rd-1+2 3%",
        "p\u{e4}ss/w\"r",
    ] {
        assert_eq!(redactor.text(&format!("<{text}>")), "<********>", "{text}");
    }
}

#[test]
fn a_secret_is_found_in_base64_at_every_alignment() {
    let secret = "00fake-token-for-tests";
    let redactor = redactor(&[secret]);
    for before in ["", "u", "us", "user:"] {
        let whole = format!("{before}{secret}!");
        let mut padded = whole.clone().into_bytes();
        padded.resize(whole.len() / 3 * 3, b'.');
        let encoded = String::from_utf8(base64_core(&padded, 0).to_vec()).unwrap();
        assert_eq!(redactor.text(&format!("Basic {encoded}, x")), "Basic ********, x", "{before}");
    }
}

#[test]
fn json_stays_json_and_keys_and_numbers_stay() {
    let redactor = redactor(&["nine12345", "1234"]);
    let raw = r#"{"nine12345":"a\nine12345","b":1234,"c":"1234","d":"x1234","e":["\u0031234"],"f":"nine1234"}"#;
    assert_eq!(
        redactor.json(raw),
        r#"{"nine12345":"a\nine12345","b":1234,"c":"********","d":"x1234","e":["********"],"f":"********"}"#
    );
}

#[test]
fn half_an_escape_is_never_masked() {
    // Found by fuzzing: a secret with a backslash that matches the beginning of an escape.
    let raw = r#"{"a":"=r07e4ss\/w)\"d"}"#;
    assert_eq!(redactor(&[r"r07e4ss\/w)\u1en}%"]).json(raw), r#"{"a":"=********d"}"#);
    // The run of base64 extends into an escape on its left.
    let secret = "00fake-token-for-tests";
    let encoded = String::from_utf8(base64_core(secret.as_bytes(), 0).to_vec()).unwrap();
    let masked = redactor(&[secret]).json(&format!(r#"{{"a":"x \/{encoded}"}}"#)).into_owned();
    assert_eq!(masked, r#"{"a":"x ********"}"#);
}

#[test]
fn short_secrets_are_masked_in_messages() {
    let redactor = redactor(&["1234", "x"]);
    assert_eq!(redactor.text("code91234, x, xy"), "code9********, ********, xy");
}

#[test]
fn seven_characters_of_a_long_secret_are_no_match() {
    assert_eq!(redactor(&["abcdefghij"]).text("abcdefg-"), "abcdefg-");
}

/// Redacts `text` in a message, and in a string of data.
fn shown(redactor: &Redactor, text: &str) -> [String; 2] {
    let raw = serde_json::json!({ "a": text }).to_string();
    let masked: serde_json::Value = serde_json::from_str(&redactor.json(&raw)).unwrap();
    [redactor.text(text).into_owned(), masked["a"].as_str().unwrap().to_owned()]
}

const AWKWARD: &str = "Zq9 w@\"x\\y/\u{e9}+%&<long>secret";

/// Encodes every character that is not a letter or digit with `one`.
fn with(secret: &str, one: impl Fn(char) -> String) -> String {
    secret.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { one(c) }).collect()
}

#[test]
fn entities_are_found_in_all_their_spellings() {
    let redactor = redactor(&[AWKWARD]);
    let named = |c: char| {
        let known = [('"', "quot"), ('/', "sol"), ('&', "amp"), ('<', "lt"), ('>', "gt"), ('+', "plus")];
        let name = known.into_iter().find(|(character, _)| *character == c);
        name.map_or(c.to_string(), |(_, name)| format!("&{name};"))
    };
    for form in [
        with(AWKWARD, |c| format!("&#{};", c as u32)),
        with(AWKWARD, |c| format!("&#{:05};", c as u32)),
        with(AWKWARD, |c| format!("&#x{:x};", c as u32)),
        with(AWKWARD, |c| format!("&#X{:06X};", c as u32)),
        with(AWKWARD, named),
        with(AWKWARD, named).to_uppercase().replace("ZQ9 W@", "Zq9 w@").replace('X', "x"),
        AWKWARD.chars().map(|c| format!("&#{};", c as u32)).collect(),
    ] {
        for shown in shown(&redactor, &format!("({form})")) {
            assert!(shown.starts_with("(********"), "{form}: {shown}");
        }
    }
}

#[test]
fn encodings_inside_each_other_are_found() {
    let redactor = redactor(&[AWKWARD]);
    let percent = |text: &str| with(text, |c| c.to_string().bytes().map(|b| format!("%{b:02X}")).collect());
    let entity = |text: &str| with(text, |c| format!("&#{};", c as u32));
    let json = |text: &str| serde_json::json!(text).to_string().trim_matches('"').to_owned();
    let encodings: [&dyn Fn(&str) -> String; 3] = [&percent, &entity, &json];
    for first in encodings {
        for second in encodings {
            for third in encodings {
                let form = third(&second(&first(AWKWARD)));
                for shown in shown(&redactor, &format!("({form})")) {
                    assert_eq!(shown, "(********)", "{form}");
                }
            }
        }
    }
}

#[test]
fn escapes_inside_base64_belong_to_its_run() {
    // Its base64 has `+` and `/` at every alignment.
    let secret = "?~~?\u{3fb}\u{3ff}>>>???~\u{3fb}\u{3fe}>>";
    let redactor = redactor(&[secret]);
    for before in ["", "u", "u:"] {
        let whole = format!("{before}{secret}~~");
        let mut bytes = whole.into_bytes();
        bytes.resize(bytes.len().div_ceil(3) * 3, b'.');
        let base64 = String::from_utf8(base64_core(&bytes, 0).to_vec()).unwrap() + "==";
        for form in [
            base64.clone(),
            base64.replace('+', "-").replace('/', "_"),
            base64.replace('/', "\\/"),
            base64.replace('/', "\\/").replace('+', "\\u002B"),
            base64.replace('/', "%2F").replace('+', "%2b").replace('=', "%3D"),
            base64.replace('/', "&#x2F;").replace('+', "&#43;").replace('=', "&equals;"),
            base64.replace('/', "%252F").replace('+', "%252B").replace('=', "%253D"),
        ] {
            for shown in shown(&redactor, &format!("Basic {form}, x")) {
                assert_eq!(shown, "Basic ********, x", "{form}");
            }
        }
    }
}

#[test]
fn base64_of_an_encoded_secret_is_found() {
    let redactor = redactor(&[AWKWARD]);
    let percent = with(AWKWARD, |c| c.to_string().bytes().map(|b| format!("%{b:02X}")).collect());
    let json = serde_json::json!(AWKWARD).to_string();
    for (form, before) in [(&percent, "password="), (&json, "{\"a\":"), (&percent, "a="), (&percent, "")] {
        let mut bytes = format!("{before}{form}").into_bytes();
        bytes.resize(bytes.len().div_ceil(3) * 3, b'.');
        let base64 = String::from_utf8(base64_core(&bytes, 0).to_vec()).unwrap();
        for base64 in [base64.replace('+', "-").replace('/', "_"), base64] {
            for shown in shown(&redactor, &format!("({base64})")) {
                assert_eq!(shown, "(********)", "{before}{form}");
            }
        }
    }
}

#[test]
fn what_stands_before_an_encoded_secret_does_not_hide_it() {
    // Together with the text before it, each starts like another encoded character.
    for (before, secret, form) in [
        ("x\\\\", "n\"ice-password", "n\\\"ice-password"),
        ("100%25", "41\"password", "41%22password"),
        ("&amp;#6", "5;\"password", "5;&quot;password"),
    ] {
        let text = format!("{before}{form}");
        let shown = redactor(&[secret]).text(&text).into_owned();
        assert!(!shown.contains("password"), "{secret} in {text}: {shown}");
    }
}

#[test]
fn doubling_an_input_made_to_hurt_doubles_the_work() {
    let secrets =
        ["00fake-token-for-tests", AWKWARD, "aaaaaaaab", "\\\\\\\\\\\\\\\\a", "%25%25%25%25", "====aaaa", "1234"];
    let parts = [
        "\\",
        "%",
        "&",
        "=",
        "+",
        "%25",
        "&amp;",
        "\\u005c",
        "\\\"",
        "00fake-",
        "00fake-\\",
        "aaaaaaa",
        "a",
        "Zq9 w@\\\"",
        "%4",
        "&#",
        "&#0",
        ";",
        "2",
        "%2525",
        "QUJD",
        "MDBmYWtlLXRva2",
        "123",
        "\\u00",
        "%5C",
        "1 ",
        "&&amp;",
        "a;",
        "\\\\\\\\%5c",
        "%4%3",
    ];
    let redactor = redactor(&secrets);
    // Each part alone, and after and before others.
    let units: Vec<String> = parts
        .iter()
        .map(|part| (*part).to_owned())
        .chain(parts.iter().zip(parts.iter().cycle().skip(7)).map(|(one, other)| format!("{one}{other}")))
        .collect();
    for unit in units {
        let work = |size: usize| {
            let text = unit.repeat(size / unit.len());
            let quoted = format!("[\"{text}\"]");
            let raw = match serde_json::from_str::<serde_json::Value>(&quoted) {
                Ok(_) => quoted,
                Err(_) => serde_json::json!([text]).to_string(),
            };
            [
                steps::of(|| _ = redactor.text(&text)),
                steps::of(|| _ = redactor.json(&raw)),
                steps::of(|| _ = redactor.may_hold(raw.as_bytes())),
            ]
        };
        for (way, (once, twice)) in work(20_000).into_iter().zip(work(40_000)).enumerate() {
            assert!(twice <= 2 * once + once / 50 + 1_000, "{unit}, way {way}: {once}, then {twice}");
            assert!(twice <= 40_000 * 25, "{unit}, way {way}: {twice} steps");
        }
    }
}

#[test]
fn more_secrets_than_the_fast_search_takes_are_found_all_the_same() {
    let redactor = Redactor::default();
    let secrets: Vec<String> = (0..60).map(|number| format!("{number:02}-{AWKWARD}")).collect();
    secrets.iter().for_each(|secret| redactor.add(secret));
    for secret in &secrets {
        for shown in shown(&redactor, &format!("({secret})")) {
            assert_eq!(shown, "(********)", "{secret}");
        }
    }
    assert!(!redactor.may_hold(br#"["nothing", "of \"it\""]"#));
}

#[test]
fn a_large_string_that_holds_a_secret_is_masked_whole() {
    let redactor = redactor(&["00fake-token-for-tests"]);
    let large = "\\\"x".repeat(500_000);
    let raw = format!("[\"{large}00fake-%74oken-for-tests\",\"{large}\"]");
    assert_eq!(redactor.json(&raw), format!("[\"********\",\"{large}\"]"));
    assert_eq!(redactor.text(&raw), "********");
}

#[test]
fn a_set_looks_for_the_secrets_of_all_and_its_own() {
    let shared = Arc::new(redactor(&["shared-secret-1"]));
    let [one, other] = [0, 1].map(|_| Redactor::on_top_of(&shared));
    one.add("own-secret-1");
    shared.add("learnt-later-1");
    assert_eq!(one.text("own-secret-1 shared-secret-1 learnt-later-1"), "******** ******** ********");
    assert_eq!(other.text("own-secret-1 shared-secret-1"), "own-secret-1 ********");
    assert!(one.may_hold(b"[\"own-secret-1\"]") && !other.may_hold(b"[\"own-secret-1\"]"));
    assert!(one.has_own() && !other.has_own());
}

#[test]
fn escapes_inside_escapes_are_taken_off_one_by_one() {
    // Found by fuzzing: an entity for a `u` after escaped backslashes, and four hexadecimal digits.
    let secret = "?~~0u0041eE5-secret";
    let redactor = redactor(&[secret]);
    let unicode = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    let entities = |text: &str| text.chars().map(|c| format!("&#{:06};", c as u32)).collect::<String>();
    let json = |text: &str| serde_json::json!(text).to_string().trim_matches('"').to_owned();
    for form in [
        unicode(&entities(secret)),
        json(&unicode(&entities(secret))),
        unicode(&unicode(secret)),
        unicode(&unicode(&unicode(secret))),
        unicode(&json(&unicode(secret))),
        json(&json(&unicode(&unicode(secret)))),
    ] {
        for shown in shown(&redactor, &format!("({form})")) {
            assert_eq!(shown, "(********)", "{form}");
        }
    }
}

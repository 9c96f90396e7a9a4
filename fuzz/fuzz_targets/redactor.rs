//! Any secret in any text, in any encodings put into each other: it is not in what is printed, and
//! JSON stays the JSON it was.
//!
//! The input is a secret, a line of encodings (one letter each, the first is put on first), and a
//! text, separated by line breaks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_connector::runtime::secret::Redactor;
use serde_json::Value;

fuzz_target!(|input: &str| {
    let mut parts = input.splitn(3, '\n');
    let (Some(secret), Some(encodings), Some(text)) = (parts.next(), parts.next(), parts.next()) else { return };
    let redactor = Redactor::default();
    redactor.add(secret);
    let shown = redactor.text(text).into_owned();
    let is_long = secret.chars().count() >= 8;
    // A mask put in its place may make up a secret of asterisks.
    if is_long && !secret.contains('*') {
        let prefix: String = secret.chars().take(8).collect();
        assert!(!shown.contains(&prefix), "{secret:?} in {shown:?}");
    }
    if is_long && is_plain(secret) {
        let form = encoded(secret, encodings);
        let form = format!("({form})");
        for shown in [redactor.text(&form).into_owned(), in_json(&redactor, &form)] {
            assert_eq!(shown, "(********)", "{form:?}");
        }
    }
    let Ok(before) = serde_json::from_str::<Value>(text) else { return };
    let masked = redactor.json(text).into_owned();
    let after: Value = serde_json::from_str(&masked).unwrap_or_else(|error| panic!("{error}: {masked}"));
    assert_eq!(shape(before), shape(after), "{masked}");
});

/// What looks encoded itself is promised to be found plain and encoded once only; what repeats
/// itself finds itself in its middle.
fn is_plain(secret: &str) -> bool {
    let mut first: Vec<char> = secret.chars().take(8).collect();
    first.sort();
    first.dedup();
    first.len() >= 6
        && !secret.contains(['\\', '%', '&', '*', '(', ')'])
        && !secret.chars().any(|c| c.is_control() || c == '\u{fffd}')
}

/// With up to three encodings put on. What is inside of base64 is promised to be found plain, or
/// encoded in the canonical way.
fn encoded(secret: &str, encodings: &str) -> String {
    let mut form = secret.to_owned();
    let mut before = String::new();
    for encoding in encodings.chars().take(3) {
        if !matches!(encoding, 'b' | 'B') || matches!(before.as_str(), "" | "p" | "j") {
            form = encode(&form, encoding);
            before.push(encoding);
        }
    }
    form
}

fn in_json(redactor: &Redactor, form: &str) -> String {
    let raw = serde_json::json!([form]).to_string();
    let masked: Vec<String> = serde_json::from_str(&redactor.json(&raw)).expect("JSON stays JSON");
    masked[0].clone()
}

fn encode(text: &str, encoding: char) -> String {
    let some = |one: &dyn Fn(char) -> String| -> String {
        text.chars().map(|c| if c.is_alphanumeric() { c.to_string() } else { one(c) }).collect()
    };
    let percent = |c: char| c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    match encoding {
        'j' => {
            let quoted = serde_json::json!(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        'u' => text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        's' => text.replace('/', "\\/"),
        'p' => {
            let one = |c: char| if c.is_ascii_alphanumeric() || "-._~".contains(c) { c.to_string() } else { percent(c) };
            text.chars().map(one).collect()
        }
        'P' => text.chars().map(percent).collect(),
        'd' => some(&|c| format!("&#{};", c as u32)),
        'D' => text.chars().map(|c| format!("&#{:06};", c as u32)).collect(),
        'x' => some(&|c| format!("&#x{:X};", c as u32)),
        'X' => text.chars().map(|c| format!("&#X{:04x};", c as u32)).collect(),
        'n' => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('/', "&sol;"),
        'b' => base64(text.as_bytes(), b"+/", "="),
        'B' => base64(text.as_bytes(), b"-_", ""),
        _ => text.to_owned(),
    }
}

fn base64(bytes: &[u8], last: &[u8; 2], padding: &str) -> String {
    let digit = |value: u32| match value & 63 {
        value @ 0..26 => (b'A' + value as u8) as char,
        value @ 26..52 => (b'a' + value as u8 - 26) as char,
        value @ 52..62 => (b'0' + value as u8 - 52) as char,
        value => last[value as usize - 62] as char,
    };
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..=group.len()).for_each(|index| text.push(digit(bits >> (18 - 6 * index))));
        (group.len()..3).for_each(|_| text.push_str(padding));
    }
    text
}

/// A value with all strings the same: keys, numbers and structure are left.
fn shape(value: Value) -> Value {
    match value {
        Value::String(_) => Value::String(String::new()),
        Value::Array(items) => items.into_iter().map(shape).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, shape(value))).collect(),
        other => other,
    }
}

//! Finds secrets in text, also encoded or cut, and masks them.
//!
//! A secret of eight characters or more counts as found with its first eight already: a cut secret
//! is one. Shorter ones are masked in messages, and in data where they are the whole string.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use super::masking::{Escapes, around_escapes, mask, united};
use super::search::{Secrets, Stream};
use super::units::{Decoded, Reading};
use super::{MASK, Redacted};
use crate::runtime::json;

/// A longer string that holds a secret is masked as a whole: to decode it takes several times its
/// size.
const LARGEST: usize = 1024 * 1024;

/// Takes secrets out of what is printed. One is shared by everything that prints, and learns while
/// the process runs; a parameter set with secrets of its own has one more on top of it.
#[derive(Default)]
pub struct Redactor {
    /// What all sets have in common.
    shared: Option<Arc<Redactor>>,
    own: RwLock<Arc<Secrets>>,
}

impl Redactor {
    /// A redactor that also looks for what `shared` knows, now and later: for one parameter set.
    /// What it learns itself, the others do not look for: their cost does not grow with its
    /// secrets.
    pub fn on_top_of(shared: &Arc<Redactor>) -> Redactor {
        Redactor { shared: Some(shared.clone()), own: RwLock::default() }
    }

    /// Adds a secret to look for from now on.
    pub fn add(&self, secret: &str) {
        if self.layers().iter().any(|secrets| secrets.holds(secret)) {
            return;
        }
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        // Whoever searches right now keeps what it has.
        Arc::make_mut(&mut own).add(secret);
    }

    /// Whether it looks for secrets that are not those of all.
    pub fn has_own(&self) -> bool {
        !self.own().is_empty()
    }

    /// Also looks for what another looks for beside what all do.
    pub fn learn(&self, other: &Redactor) {
        other.own().known().for_each(|secret| self.add(secret));
    }

    fn own(&self) -> Arc<Secrets> {
        self.own.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn layers(&self) -> Vec<Arc<Secrets>> {
        let mut layers = self.shared.as_ref().map_or(Vec::new(), |shared| shared.layers());
        let own = self.own();
        if !own.is_empty() {
            layers.push(own);
        }
        layers
    }

    /// `text` without secrets, for messages, logs and recordings.
    pub fn text<'t>(&self, text: &'t str) -> Redacted<'t> {
        let layers = self.layers();
        if layers.is_empty() {
            return Redacted(Cow::Borrowed(text));
        }
        let bytes = text.as_bytes();
        if bytes.len() > LARGEST {
            let may_hold = |secrets: &Arc<Secrets>| secrets.may_hold(bytes) || secrets.in_large_text(bytes);
            return Redacted(if layers.iter().any(may_hold) { Cow::Borrowed(MASK) } else { Cow::Borrowed(text) });
        }
        let mut spans = Vec::new();
        read(bytes, |stream| layers.iter().for_each(|secrets| secrets.in_text(stream, bytes, &mut spans)));
        Redacted(match spans.is_empty() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(mask(text, &united(spans))),
        })
    }

    /// One JSON value without secrets: they are replaced inside string values only, so that it
    /// stays the same JSON otherwise.
    pub fn json<'t>(&self, raw: &'t str) -> Cow<'t, str> {
        let layers = self.layers();
        let layers: Vec<_> = layers.into_iter().filter(|secrets| secrets.may_hold(raw.as_bytes())).collect();
        if layers.is_empty() {
            return Cow::Borrowed(raw);
        }
        let mut masked = String::new();
        let mut copied = 0;
        for string in json::string_values(raw) {
            if let Some(replacement) = content(&raw[string.clone()], &layers) {
                masked.push_str(&raw[copied..string.start]);
                masked.push_str(&replacement);
                copied = string.end;
            }
        }
        if copied == 0 {
            return Cow::Borrowed(raw);
        }
        masked.push_str(&raw[copied..]);
        Cow::Owned(masked)
    }

    /// Quick and never wrong in one direction: `false` means that no secret is in the JSON.
    pub fn may_hold(&self, raw: &[u8]) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.may_hold(raw)) || self.own().may_hold(raw)
    }
}

/// Gives the text, and every reading of it that may differ.
fn read(text: &[u8], mut look: impl FnMut(Stream<'_>)) {
    look(Stream::Plain(text));
    let mut decoded = Decoded::default();
    for reading in Reading::of(text) {
        decoded.read(text, reading);
        look(Stream::Decoded(&decoded));
    }
}

/// The content of one JSON string, masked; `None` where nothing is to mask.
fn content(content: &str, layers: &[Arc<Secrets>]) -> Option<String> {
    let bytes = content.as_bytes();
    if bytes.len() > LARGEST {
        return layers.iter().any(|secrets| secrets.may_hold(bytes)).then(|| MASK.to_owned());
    }
    let mut spans = Vec::new();
    read(bytes, |stream| {
        for secrets in layers {
            // An escape is one unit: a match must not begin inside it.
            let mut escapes = Escapes::new(bytes);
            let mut counts = |(start, _)| escapes.start_of(start) == start;
            secrets.in_json(stream, &mut counts, &mut spans);
        }
    });
    (!spans.is_empty()).then(|| mask(content, &united(around_escapes(bytes, united(spans)))))
}

#[cfg(test)]
mod tests {
    use super::super::{base64_core, steps};
    use super::*;

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
        // Found by fuzzing: a secret with a backslash that agrees with the beginning of an escape.
        let raw = r#"{"a":"=r07e4ss\/w)\"d"}"#;
        assert_eq!(redactor(&[r"r07e4ss\/w)\u1en}%"]).json(raw), r#"{"a":"=********d"}"#);
        // The run of base64 goes on into an escape on its left.
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

    /// What is made of `text` in a message, and in a string of data.
    fn shown(redactor: &Redactor, text: &str) -> [String; 2] {
        let raw = serde_json::json!({ "a": text }).to_string();
        let masked: serde_json::Value = serde_json::from_str(&redactor.json(&raw)).unwrap();
        [redactor.text(text).into_owned(), masked["a"].as_str().unwrap().to_owned()]
    }

    const AWKWARD: &str = "Zq9 w@\"x\\y/\u{e9}+%&<long>secret";

    /// Every character that is no letter or digit, as `one` writes it.
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
        // Together with what stands before it, each begins like another encoded character.
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
        // Each part alone, and behind and before others.
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
                assert!(twice <= 40_000 * 150, "{unit}, way {way}: {twice} steps");
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
}

//! Any body of an error: what of it goes into a message is short, clean and without secrets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_connector::okta::error::Refusal;
use okta_connector::runtime::secret::Redactor;

const TOKEN: &str = "00fuzzTokenThatNobodyMayEverSee";

fuzz_target!(|input: (u16, &[u8])| {
    let (status, body) = input;
    let redactor = Redactor::default();
    redactor.add(TOKEN);
    let refusal = Refusal::read(400 + status % 200, None, body, &redactor);
    for text in refusal.causes.iter().chain([&refusal.summary]) {
        assert!(text.chars().count() <= 501, "{} characters", text.chars().count());
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(!text.contains(&TOKEN[..8]), "{text}");
    }
    assert!(refusal.causes.len() <= 5);
    if let Some(code) = &refusal.code {
        assert!(code.len() <= 16 && code.bytes().all(|c| c.is_ascii_alphanumeric()), "{code}");
    }
    let _ = refusal.kind();
});

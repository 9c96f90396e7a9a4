//! The secrets of the tests, chosen so that every encoding changes them, and the search for them
//! in what left the program. Written without the program's own redactor.

/// The API token.
pub const TOKEN: &str = r#"00Tk"f\a/k+e%&<tok>0123456789"#;
/// *set password*'s new password.
pub const PASSWORD: &str = "Zq9 w@\"x\\y/\u{e9}+%&<long>secret";
/// The proxy's password, as it is before percent-encoding.
pub const PROXY_PASSWORD: &str = "px:Y/7+w\"%tunnelword";
/// What the redactor counts as given away.
const PREFIX: usize = 8;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut bits = 0u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(group.get(index).copied().unwrap_or(0));
        }
        for index in 0..4 {
            match index <= group.len() {
                true => text.push(ALPHABET[(bits >> (18 - 6 * index)) as usize & 63] as char),
                false => text.push('='),
            }
        }
    }
    text
}

pub fn percent(text: &str, upper: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() => (byte as char).to_string(),
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        })
        .collect()
}

pub fn json_escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("text");
    quoted[1..quoted.len() - 1].to_owned()
}

/// Every character as `\uXXXX`.
pub fn unicode_escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Percent signs for all but unreserved characters (RFC 3986).
fn percent_canonical(text: &str) -> String {
    text.chars().map(|c| if "-._~".contains(c) { c.to_string() } else { percent(&c.to_string(), true) }).collect()
}

/// Every character that is no letter or digit as an entity.
fn entities(text: &str, one: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { one(c as u32) }).collect()
}

fn decimal(text: &str) -> String {
    entities(text, |code| format!("&#{code:04};"))
}

fn hexadecimal(text: &str) -> String {
    entities(text, |code| format!("&#x{code:X};"))
}

/// The characters of base64 that no neighbour can change, with `before` bytes in front.
fn base64_core(bytes: &[u8], before: usize) -> String {
    let padded = [vec![0; before], bytes.to_vec()].concat();
    let first = (before * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    base64(&padded)[first..last].to_owned()
}

/// All forms in which a secret may be sent back to us, by name.
pub fn forms(secret: &str) -> Vec<(&'static str, String)> {
    vec![
        ("plain", secret.to_owned()),
        ("prefix", secret.chars().take(PREFIX + 2).collect()),
        ("least prefix", secret.chars().take(PREFIX).collect()),
        ("escaped for JSON", json_escaped(secret)),
        ("as unicode escapes", unicode_escaped(secret)),
        ("percent-encoded", percent(secret, true)),
        ("percent-encoded in lower case", percent(secret, false)),
        ("percent-encoded twice", percent(&percent(secret, true), true)),
        ("form-encoded", percent(secret, true).replace("%20", "+")),
        ("escaped for HTML", html(secret)),
        ("base64 at 0", base64(secret.as_bytes())),
        ("base64 at 1", base64(format!("u{secret}").as_bytes())),
        ("base64 at 2", base64(format!("u:{secret}").as_bytes())),
        ("base64 for addresses", base64(secret.as_bytes()).replace('+', "-").replace('/', "_")),
        ("as decimal entities", decimal(secret)),
        ("as hexadecimal entities", hexadecimal(secret)),
        ("as entities, percent-encoded", percent(&decimal(secret), true)),
        ("base64, percent-encoded", percent(&base64(secret.as_bytes()), false)),
        ("base64 with slashes escaped", base64(secret.as_bytes()).replace('/', "\\/")),
        ("base64 of it percent-encoded", base64(percent_canonical(secret).as_bytes())),
        ("base64 of it in a form", base64(format!("x={}", percent_canonical(secret)).as_bytes())),
        ("base64 of it quoted", base64(format!("\"{}\"", json_escaped(secret)).as_bytes())),
    ]
}

/// Traces of a secret in a text: what is left when it, or eight characters of it, got out.
pub fn traces(text: &str, secret: &str) -> Vec<String> {
    let prefix: String = secret.chars().take(PREFIX).collect();
    let mut needles = vec![
        prefix.clone(),
        json_escaped(&prefix),
        json_escaped(&json_escaped(&prefix)),
        unicode_escaped(&prefix),
        json_escaped(&unicode_escaped(&prefix)),
        percent(&prefix, true),
        percent(&prefix, false),
        percent(&percent(&prefix, true), true),
        percent(&prefix, true).replace("%20", "+"),
        html(&prefix),
        decimal(&prefix),
        hexadecimal(&prefix),
        percent(&decimal(&prefix), true),
    ];
    for spelling in [prefix.clone(), percent_canonical(&prefix), json_escaped(&prefix)] {
        for before in 0..3 {
            let core = base64_core(spelling.as_bytes(), before);
            needles.push(core.replace('+', "-").replace('/', "_"));
            needles.push(core.replace('/', "\\/"));
            needles.push(percent(&core, false));
            needles.push(core);
        }
    }
    needles.retain(|needle| text.contains(needle.as_str()));
    needles
}

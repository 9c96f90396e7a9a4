//! Any `Link` header: targets are pieces of it, and what is followed stays on the origin.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_connector::okta::address::BaseUrl;
use okta_connector::okta::link::Links;

fuzz_target!(|input: &str| {
    let own = BaseUrl::parse("https://acme.okta.com", None).expect("a base");
    let gateway = BaseUrl::parse("https://gw.example.com/okta", Some("https://id.example.com")).expect("a base");
    let Ok(links) = Links::read(input.lines()) else { return };
    if let Ok(Some(target)) = links.target("next") {
        assert!(input.contains(target) && !target.contains('>'));
        for (base, start) in [(&own, "https://acme.okta.com"), (&gateway, "https://gw.example.com")] {
            let Ok(url) = base.follow(target) else { continue };
            let (before, rest) = url.text.split_at(url.text.len().min(start.len()));
            // `:443` is the same origin, and names may be in capitals.
            assert!(before.eq_ignore_ascii_case(start), "{target} leads to {}", url.text);
            let rest = rest.strip_prefix(":443").unwrap_or(rest);
            let stays = rest.is_empty() || rest.starts_with(['/', '?']) || is_port_443(rest);
            assert!(stays, "{target} leads to {}", url.text);
            assert!(url.base <= url.text.len() && url.text.is_char_boundary(url.base));
            let _ = url.path();
        }
    }
});

/// `:0443` is the same port written longer.
fn is_port_443(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(':') else { return false };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    rest[..end].parse() == Ok(443u16)
}

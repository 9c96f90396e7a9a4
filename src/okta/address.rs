//! The only place that makes URLs: from the org's base URL and a path, or from a link that Okta sends.
//! No link may take the token to another origin.

use std::sync::Mutex;

use percent_encoding::percent_decode_str;

use super::path::Path;
use crate::runtime::lock::lock;
use crate::runtime::transport::addresses::is_loopback;

/// Domains under which Okta hosts orgs (okta-api.md, base_url).
const OKTA_DOMAINS: &[&str] = &["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"];

const EXAMPLE: &str = "https://your-org.okta.com";

/// The URL of an org, or of a gateway in front of it.
#[derive(Debug)]
pub struct BaseUrl {
    origin: Origin,
    /// The gateway's path without a trailing slash; usually empty.
    path: String,
    /// The org's own origin, if there is a gateway in front of it.
    org: Option<Origin>,
    /// The org's origin, learned from the `self` link of a response.
    learned: Mutex<Option<Origin>>,
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    fn text(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        match (self.https, self.port) {
            (true, 443) | (false, 80) => format!("{scheme}://{}", self.host),
            (_, port) => format!("{scheme}://{}:{port}", self.host),
        }
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Host name or IP address; IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, including the default one.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A complete URL, and where its path below the base starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The URL as it is sent.
    pub text: String,
    /// Length in bytes of the base: scheme, host, port and the gateway's path.
    pub base: usize,
}

impl Url {
    /// Path and query below the base.
    pub fn path(&self) -> &str {
        &self.text[self.base..]
    }
}

impl BaseUrl {
    /// Parses `base_url` and, behind a gateway, `org_url`.
    ///
    /// # Errors
    /// What is wrong and how it should look, to follow the name of the setting. The value is not repeated
    /// if it may contain credentials.
    pub fn parse(base_url: &str, org_url: Option<&str>) -> Result<BaseUrl, String> {
        let (origin, path) = parse_setting(base_url).map_err(|problem| format!("`base_url` {problem}"))?;
        let org = match org_url {
            Some(org_url) => {
                let (org, path) = parse_setting(org_url).map_err(|problem| format!("`org_url` {problem}"))?;
                if !path.is_empty() {
                    return Err(format!("`org_url` must not have a path: {}", org.text()));
                }
                Some(org)
            }
            None => None,
        };
        Ok(BaseUrl { origin, path, org, learned: Mutex::default() })
    }

    /// The origin that requests are sent to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The base URL, normalized.
    pub fn text(&self) -> String {
        self.origin.text() + &self.path
    }

    /// The URL of a path below the base.
    pub fn url(&self, path: &Path) -> Url {
        let base = self.text();
        Url { base: base.len(), text: base + &path.0 }
    }

    /// Learns the org's own origin from the `self` link of the response to `asked`. A gateway that passes
    /// Okta's links through leaves the path of that link equal to the request's.
    pub fn learn(&self, asked: &Url, self_link: &str) {
        if self.path.is_empty() {
            return;
        }
        if let Some((origin, path)) = split(self_link)
            && asked.path().split('?').next() == path.split('?').next()
        {
            *lock(&self.learned) = Some(origin);
        }
    }

    /// The URL to request for a link. A link to this origin is used unchanged. A link to the org's own
    /// origin goes through the gateway, with its path and query byte for byte.
    ///
    /// # Errors
    /// For any other link; the error shows it without its query.
    pub fn follow(&self, link: &str) -> Result<Url, ForeignLink> {
        let link = link.split('#').next().unwrap_or_default();
        if link.starts_with('/') && !link.starts_with("//") {
            let base = self.origin.text();
            return Ok(Url { base: base.len(), text: base + link });
        }
        let foreign = || ForeignLink {
            shown: link.split('?').next().unwrap_or_default().to_owned(),
            base: self.text(),
            elsewhere: true,
        };
        let (origin, path) = split(link).ok_or_else(foreign)?;
        if origin == self.origin {
            let within = self.text();
            let base = match link.starts_with(&within) {
                true => within.len(),
                false => link.len() - path.len(),
            };
            return Ok(Url { text: link.to_owned(), base });
        }
        if self.is_org(&origin) {
            let base = self.text();
            return Ok(Url { base: base.len(), text: base + path });
        }
        Err(foreign())
    }

    /// The address that a link leads to, which has to be below `path`: for links that an answer's
    /// body holds, and that might name anything in the org.
    ///
    /// # Errors
    /// Any other link, shown without its query.
    pub fn follow_below(&self, link: &str, path: &Path) -> Result<Url, ForeignLink> {
        let url = self.follow(link)?;
        let below = url.path().strip_prefix(&path.0).and_then(|rest| rest.strip_prefix('/'));
        let below = below.map(|rest| rest.split('?').next().unwrap_or_default());
        match below {
            Some(rest) if rest.split('/').all(stays_inside) => Ok(url),
            _ => Err(ForeignLink {
                shown: link.split(['?', '#']).next().unwrap_or_default().to_owned(),
                base: self.text() + &path.0,
                elsewhere: false,
            }),
        }
    }

    /// Whether a link's origin is the org behind the gateway.
    fn is_org(&self, origin: &Origin) -> bool {
        if let Some(org) = &self.org {
            return org == origin;
        }
        let learned = lock(&self.learned).clone();
        !self.path.is_empty()
            && (learned.as_ref() == Some(origin)
                || origin.https && OKTA_DOMAINS.iter().any(|domain| is_below(&origin.host, domain)))
    }
}

/// A link to another origin, or to another object than the one that it belongs to.
#[derive(Debug)]
pub struct ForeignLink {
    /// The link without its query.
    pub shown: String,
    /// The base URL that links must point to.
    pub base: String,
    /// Whether it points to another origin.
    pub elsewhere: bool,
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Splits an absolute URL into its origin and the rest; `None` for anything unusual.
fn split(url: &str) -> Option<(Origin, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let https = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, port) = authority(&rest[..end], https)?;
    let path = &rest[end..];
    (!path.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\'))
        .then_some((Origin { https, host, port }, path))
}

fn authority(authority: &str, https: bool) -> Option<(String, u16)> {
    let default = if https { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            let digits = !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit());
            (host, if digits { port.parse().ok().filter(|port| *port != 0)? } else { return None })
        }
        _ => (authority, default),
    };
    let host = host.to_ascii_lowercase();
    let valid = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            !host.is_empty()
                && !host.starts_with(['.', '-'])
                && !host.contains("..")
                && host.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_".contains(&c))
        }
    };
    valid.then_some((host, port))
}

/// Whether a segment of a path, however it is encoded, leads no further up than it stands.
fn stays_inside(segment: &str) -> bool {
    let decoded = percent_decode_str(segment).decode_utf8_lossy();
    !matches!(&*decoded, "" | "." | "..") && !decoded.contains(['/', '\\', '%', '?', '#', ';'])
}

/// Whether a setting is a usable address.
///
/// # Errors
/// What is wrong, to follow the name of the setting.
pub fn check(given: &str) -> Result<(), String> {
    parse_setting(given).map(drop)
}

fn parse_setting(given: &str) -> Result<(Origin, String), String> {
    let given = given.trim();
    let (https, rest) = match given.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
        Some(_) => return Err(format!("must start with https://, for example {EXAMPLE}")),
        None => (true, given),
    };
    if rest.contains(['?', '#']) {
        return Err(format!("must not have a query or fragment; give only the org's URL, for example {EXAMPLE}"));
    }
    let end = rest.find('/').unwrap_or(rest.len());
    let (before, path) = rest.split_at(end);
    if before.contains('@') {
        return Err(format!(
            "must not contain credentials (the token belongs in `api_key`); give only the org's URL, for example {EXAMPLE}"
        ));
    }
    let Some((host, port)) = authority(before, https) else {
        return Err(format!("has no valid host name; it should look like {EXAMPLE}"));
    };
    if !https && !is_loopback(&host) {
        return Err(format!("must start with https://, or the token would be sent unencrypted: https://{host}"));
    }
    if let Some((org, domain)) = host.split_once('.')
        && OKTA_DOMAINS.contains(&domain)
        && let Some(org) = org.strip_suffix("-admin")
    {
        return Err(format!("points to the Admin Console; the API is at https://{org}.{domain}"));
    }
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix("/api/v1").unwrap_or(path).trim_end_matches('/');
    let odd = |segment: &str| matches!(segment, "." | ".." | "");
    if path.split('/').skip(1).any(odd) || !path.bytes().all(|c| c.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&c)) {
        return Err(format!("has an invalid path; it should look like {EXAMPLE}"));
    }
    Ok((Origin { https, host, port }, path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_normalized_or_rejected_with_the_right_form() {
        for (given, expected) in [
            (" https://a.okta.com/ ", Ok("https://a.okta.com")),
            ("a.okta.com", Ok("https://a.okta.com")),
            ("HTTPS://A.okta.com:443/api/v1/", Ok("https://a.okta.com")),
            ("https://gw.example.com/okta/api/v1", Ok("https://gw.example.com/okta")),
            ("http://localhost:8080", Ok("http://localhost:8080")),
            ("http://[::1]:8080/x/", Ok("http://[::1]:8080/x")),
            ("http://a.okta.com", Err("https://a.okta.com")),
            ("http://org.localhost:8080", Err("https://org.localhost")),
            ("https://a-admin.okta.com", Err("https://a.okta.com")),
            ("a-admin.oktapreview.com", Err("https://a.oktapreview.com")),
            ("https://user:pw@a.okta.com", Err(EXAMPLE)),
            ("https://a.okta.com?x=1", Err(EXAMPLE)),
            ("https://a.okta.com/#x", Err(EXAMPLE)),
            ("ftp://a.okta.com", Err(EXAMPLE)),
            ("https://", Err(EXAMPLE)),
            ("https://a b", Err(EXAMPLE)),
            ("https://a.okta.com:99999", Err(EXAMPLE)),
            ("https://a.okta.com/x/../y", Err(EXAMPLE)),
            ("https://ä.example.com", Err(EXAMPLE)),
        ] {
            match (BaseUrl::parse(given, None), expected) {
                (Ok(base), Ok(text)) => assert_eq!(base.text(), text, "{given}"),
                (Err(problem), Err(form)) => {
                    assert!(problem.contains(form) && !problem.contains("pw"), "{given}: {problem}")
                }
                (result, _) => panic!("{given}: {result:?}"),
            }
        }
    }

    #[test]
    fn links_never_leave_the_origin() {
        let base = BaseUrl::parse("https://a.okta.com", None).unwrap();
        for (link, followed) in [
            ("https://a.okta.com/api/v1/users?after=x%2By", Some("https://a.okta.com/api/v1/users?after=x%2By")),
            ("https://A.OKTA.com:443/api", Some("https://A.OKTA.com:443/api")),
            ("/api/v1/users?after=x", Some("https://a.okta.com/api/v1/users?after=x")),
            ("http://a.okta.com/api", None),
            ("https://a.okta.com:8443/api", None),
            ("https://a.okta.com.evil.example/api", None),
            ("https://a.okta.com@evil.example/api", None),
            ("https://evil.example\\@a.okta.com/api", None),
            ("//evil.example/api", None),
            ("https://b.okta.com/api", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(base.follow(link).ok().map(|url| url.text).as_deref(), followed, "{link}");
        }
    }

    #[test]
    fn a_link_out_of_a_body_stays_below_its_object() {
        let factor = Path::new("users/00u1/factors/opf1");
        for base in ["https://a.okta.com", "https://gw.example.com/okta"] {
            let base = BaseUrl::parse(base, None).unwrap();
            let at = |path: &str| base.follow_below(&format!("{}/api/v1{path}", base.text()), &factor).is_ok();
            for path in
                ["/users/00u1/factors/opf1/transactions/v2mst.x%2By", "/users/00u1/factors/opf1/verify?x=/../.."]
            {
                assert!(at(path), "{path}");
            }
            for path in [
                "/users/00u1",
                "/users/00u1/factors/opf1",
                "/users/00u1/factors/opf1/",
                "/users/00u1/factors/opf12/transactions/x",
                "/users/00u2/factors/opf1/transactions/x",
                "/users/00u1/factors/opf1/../../../00u2",
                "/users/00u1/factors/opf1/%2e%2e/%2E./x",
                "/users/00u1/factors/opf1/x%2F..%2Fy",
                "/users/00u1/factors/opf1/%252e%252e/x",
                "/users/00u1/factors/opf1//x",
            ] {
                assert!(!at(path), "{path}");
            }
        }
    }

    #[test]
    fn behind_a_gateway_the_orgs_links_go_through_it() {
        let base = BaseUrl::parse("https://gw.example.com/okta", None).unwrap();
        let through = |base: &BaseUrl, link| base.follow(link).ok().map(|url| url.text);
        let next = "https://a.okta.com/api/v1/users?after=x%2By&limit=2";
        assert_eq!(through(&base, next).unwrap(), "https://gw.example.com/okta/api/v1/users?after=x%2By&limit=2");
        assert_eq!(through(&base, "https://id.example.com/api/v1/users"), None);
        let asked = base.url(&Path::new("users").query("limit", "2"));
        base.learn(&asked, "https://id.example.com/api/v1/users?limit=2");
        assert_eq!(
            through(&base, "https://id.example.com/api/v1/users").unwrap(),
            "https://gw.example.com/okta/api/v1/users"
        );
        let with_org = BaseUrl::parse("https://gw.example.com", Some("https://id.example.com")).unwrap();
        assert_eq!(through(&with_org, "https://id.example.com/x?y").unwrap(), "https://gw.example.com/x?y");
        assert_eq!(through(&with_org, next), None);
    }
}

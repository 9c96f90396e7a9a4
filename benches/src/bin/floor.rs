//! The bare program: reads a request, GETs, copies the items raw, follows next, checks nothing.
//!
//! The connector is measured against it. It is meant to be as fast as a
//! straightforward program on the same libraries can be, and nothing else.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::os::fd::AsFd;

use serde::Deserialize;
use serde_json::value::RawValue;
use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

#[derive(Deserialize)]
struct Request {
    config: Config,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Deserialize)]
struct Config {
    base_url: String,
    api_key: String,
}

#[derive(Default, Deserialize)]
struct Parameters {
    limit: Option<u64>,
    user_id: Option<String>,
}

/// As much as a pipe holds: fewer writes than this can't be had.
const OUT_BUFFER: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = Vec::new();
    std::io::stdin().lock().read_to_end(&mut input)?;
    let request: Request = serde_json::from_slice(&input)?;
    let agent = agent()?;
    let authorization = format!("SSWS {}", request.config.api_key);
    let users = format!("{}/api/v1/users", request.config.base_url);
    // std's Stdout looks for line ends in everything it is given.
    let stdout = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    let mut out = BufWriter::with_capacity(OUT_BUFFER, stdout);

    out.write_all(b"{\"data\":[")?;
    let mut body = Vec::new();
    if let Some(user_id) = request.parameters.user_id {
        fetch(&agent, &format!("{users}/{user_id}"), &authorization, &mut body)?;
        let user: &RawValue = serde_json::from_slice(&body)?;
        out.write_all(user.get().as_bytes())?;
    } else {
        let page_size = request.parameters.limit.unwrap_or(200).min(200);
        let mut url = Some(format!("{users}?limit={page_size}"));
        let mut separator: &[u8] = b"";
        while let Some(page) = url {
            let headers = fetch(&agent, &page, &authorization, &mut body)?;
            let items: Vec<&RawValue> = serde_json::from_slice(&body)?;
            for item in items {
                out.write_all(separator)?;
                out.write_all(item.get().as_bytes())?;
                separator = b",";
            }
            url = next_link(&headers);
        }
    }
    out.write_all(b"]}\n")?;
    out.flush()?;
    Ok(())
}

/// ureq's default agent; for TLS it trusts the one CA that `FLOOR_CA` names.
fn agent() -> Result<Agent, Box<dyn Error>> {
    let Some(path) = std::env::var_os("FLOOR_CA") else {
        return Ok(Agent::new_with_defaults());
    };
    let ca = Certificate::from_pem(&std::fs::read(path)?)?;
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[ca])).build();
    Ok(Agent::config_builder().tls_config(tls).build().into())
}

/// Reads the whole answer into `body` and hands back its headers.
fn fetch(agent: &Agent, url: &str, authorization: &str, body: &mut Vec<u8>) -> Result<HeaderMap, Box<dyn Error>> {
    let answer = agent.get(url).header("Authorization", authorization).call()?;
    let (head, answer) = answer.into_parts();
    body.clear();
    answer.into_reader().read_to_end(body)?;
    Ok(head.headers)
}

fn next_link(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all("link")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find(|link| link.ends_with("rel=\"next\""))
        .and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned()))
}

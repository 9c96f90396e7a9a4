//! What the scenarios share: the programs, the certificates, a folder for scratch, servers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::Outcome;
use crate::artifacts;
use crate::certificates::{self, Certificates};
use crate::measure::Job;
use crate::options::Options;
use crate::server::Server;

pub struct Workshop {
    pub options: Options,
    pub connector: PathBuf,
    floor: PathBuf,
    pub certificates: Certificates,
    pub scratch: PathBuf,
}

/// Plain HTTP is for loopback only; over TLS the name is what the certificate says.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Plain,
    Tls,
}

pub const TOKEN: &str = "00bench-token-not-real";

pub fn open(options: Options) -> Outcome<Workshop> {
    let connector = match &options.connector {
        Some(path) => path.clone(),
        None => artifacts::build_connector()?,
    };
    let floor = artifacts::build_floor()?;
    let scratch = std::env::temp_dir().join(format!("okta-connector-bench-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let certificates = certificates::make(&scratch)?;
    Ok(Workshop {
        options,
        connector,
        floor,
        certificates,
        scratch,
    })
}

impl Drop for Workshop {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.scratch).ok();
    }
}

impl Workshop {
    /// The connector with one request; the trust store is the system's size.
    pub fn connector(&self, server: &Server, way: Way, action: &str, parameters: Value) -> Job {
        let env = match way {
            Way::Plain => Vec::new(),
            Way::Tls => vec![("SSL_CERT_FILE", self.certificates.bundle.clone())],
        };
        Job {
            env,
            stdin: request(server, way, action, parameters, TOKEN),
            ..Job::new("connector", &self.connector)
        }
    }

    pub fn floor(&self, server: &Server, way: Way, action: &str, parameters: Value) -> Job {
        let env = match way {
            Way::Plain => Vec::new(),
            Way::Tls => vec![("FLOOR_CA", self.certificates.ca.clone())],
        };
        Job {
            env,
            stdin: request(server, way, action, parameters, TOKEN),
            ..Job::new("floor", &self.floor)
        }
    }

    /// `curl` on the same resource, with the same trust store.
    pub fn curl(&self, server: &Server, way: Way, path: &str) -> Outcome<Job> {
        let curl = artifacts::on_path("curl").ok_or("curl is not installed")?;
        let mut args = vec!["-s".to_owned()];
        if way == Way::Tls {
            let bundle = self.certificates.bundle.display().to_string();
            args.extend(["--cacert".to_owned(), bundle]);
        }
        args.push(server.base_url(way) + path);
        Ok(Job {
            args,
            ..Job::new("curl", &curl)
        })
    }
}

pub fn request(server: &Server, way: Way, action: &str, parameters: Value, token: &str) -> String {
    json!({
        "action": action,
        "config": {"base_url": server.base_url(way), "api_key": token},
        "parameters": parameters,
    })
    .to_string()
}

/// An id in Okta's form, for the n-th user.
pub fn user_id(n: usize) -> String {
    format!("00ubench{n:012}")
}

/// The folder that a path in a report must not show.
pub fn without_folder(text: &str, folder: &Path) -> String {
    text.replace(&folder.display().to_string(), "(bench)")
}

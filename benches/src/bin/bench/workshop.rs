//! What the scenarios share: the programs, a folder for scratch, servers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::artifacts;
use crate::measure::Job;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::server::{Behaviour, Server, Way};

pub struct Workshop {
    pub options: Options,
    pub connector: PathBuf,
    floor: PathBuf,
    pub scratch: PathBuf,
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
    Ok(Workshop { options, connector, floor, scratch })
}

impl Drop for Workshop {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.scratch).ok();
    }
}

impl Workshop {
    pub fn server(&self, behaviour: &Behaviour) -> Outcome<Server> {
        Server::start(&self.scratch, behaviour)
    }

    /// The connector with one request; the trust store is the system's size.
    pub fn connector(&self, server: &Server, way: Way, action: &str, parameters: Value) -> Job {
        let env = match way {
            Way::Plain => Vec::new(),
            Way::Tls => vec![("SSL_CERT_FILE", server.trust.bundle.clone())],
        };
        Job { env, stdin: request(server, way, action, parameters, TOKEN), ..Job::new("connector", &self.connector) }
    }

    pub fn floor(&self, server: &Server, way: Way, action: &str, parameters: Value) -> Job {
        let env = match way {
            Way::Plain => Vec::new(),
            Way::Tls => vec![("FLOOR_CA", server.trust.ca.clone())],
        };
        Job { env, stdin: request(server, way, action, parameters, TOKEN), ..Job::new("floor", &self.floor) }
    }

    /// `curl` on the same resource, with the same trust store.
    pub fn curl(&self, server: &Server, way: Way, path: &str) -> Outcome<Job> {
        let curl = artifacts::on_path("curl").ok_or("curl is not installed")?;
        let mut args = vec!["-s".to_owned()];
        if way == Way::Tls {
            let bundle = server.trust.bundle.display().to_string();
            args.extend(["--cacert".to_owned(), bundle]);
        }
        args.push(format!("{}{path}", server.base_url(way)));
        Ok(Job { args, ..Job::new("curl", &curl) })
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

/// The folder that a path in a report must not show.
pub fn without_folder(text: &str, folder: &Path) -> String {
    text.replace(&folder.display().to_string(), "(bench)")
}

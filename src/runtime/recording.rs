//! Which values of a request a recording may contain: those whose names are known and do not indicate a secret. Any
//! other value may be a secret, for example a password under a misspelt name.

use super::envelope::request;
use super::json::Node;
use super::secret::{SecretNames, mask_all};
use super::table::connector::{Connector, Session};
use super::table::parameter::{Field, Parameters};

/// Variables that hold no credentials.
const PLAIN_VARIABLES: &[&str] =
    &["no_proxy", "ssl_cert_file", "ssl_cert_dir", "curl_ca_bundle", "requests_ca_bundle", "lang", "tz"];

/// Masks what a recording of this request must not contain.
pub fn mask_request<S: Session>(node: &mut Node, connector: &Connector<S>) {
    let fields = request::row_of(node, connector.actions).map_or(&[][..], |row| row.fields);
    let Node::Object(members) = node else { return mask_all(node) };
    for (name, value) in members {
        match name.as_str() {
            "config" => mask_unknown(value, S::Asset::FIELDS, &["dry_run"]),
            "parameters" => match value {
                Node::Array(sets) => sets.iter_mut().for_each(|set| mask_unknown(set, fields, &["context"])),
                set => mask_unknown(set, fields, &["context"]),
            },
            "environment_variables" => mask_variables(value),
            name if request::TOP_LEVEL.contains(&name) => {}
            _ => mask_all(value),
        }
    }
    SecretNames::usual_and(connector.about.secret_members).mask(node);
}

fn mask_unknown(node: &mut Node, fields: &[Field], known: &[&str]) {
    match node {
        Node::Object(members) => {
            for (name, value) in members {
                let is_plain = known.contains(&name.as_str())
                    || fields.iter().any(|field| field.name == name.as_str() && !field.secret);
                if !is_plain {
                    mask_all(value);
                }
            }
        }
        other => mask_all(other),
    }
}

/// Values may be plain or `{"type": …, "value": …}`. A proxy's URL may contain a password, even if it is unused.
fn mask_variables(node: &mut Node) {
    let Node::Object(variables) = node else { return mask_all(node) };
    for (name, value) in variables {
        if PLAIN_VARIABLES.contains(&name.to_lowercase().as_str()) {
            continue;
        }
        match value {
            Node::Object(members) => {
                members.iter_mut().filter(|(name, _)| name != "type").for_each(|(_, value)| mask_all(value));
            }
            value => mask_all(value),
        }
    }
}

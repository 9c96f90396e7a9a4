//! What of a request may stand in a recording: values under names that are known and mean no
//! secret. Whatever else somebody wrote may be one, a password under a misspelt name for example.

use super::envelope::request;
use super::json::Node;
use super::secret::{SecretNames, mask_all};
use super::table::connector::{Connector, Session};
use super::table::parameter::{Field, Parameters};

/// Variables that hold no credentials.
const PLAIN_VARIABLES: &[&str] =
    &["no_proxy", "ssl_cert_file", "ssl_cert_dir", "curl_ca_bundle", "requests_ca_bundle", "lang", "tz"];

/// Masks what a recording of this request must not hold.
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

/// Plain, or as `{"type": …, "value": …}`; a proxy's address holds its password, used or not.
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

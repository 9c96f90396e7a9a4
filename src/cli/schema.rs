//! `schema`: prints one of the JSON Schemas, or lists their names.

use anyhow::{Result, bail};
use clap::ArgMatches;

use crate::actions::OKTA;
use crate::runtime::manifest;

pub(super) fn main(matches: &ArgMatches) -> Result<i32> {
    let schemas = manifest::schemas(&OKTA);
    match matches.get_one::<String>("name") {
        Some(name) => match schemas.iter().find(|(known, _)| known == name) {
            Some((_, schema)) => super::print(schema),
            None => bail!("unknown schema {name}; run `okta-connector schema` to list all names"),
        },
        None => super::print(&schemas.iter().map(|(name, _)| format!("{name}\n")).collect::<String>()),
    }
}

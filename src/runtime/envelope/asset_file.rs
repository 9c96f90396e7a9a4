//! Asset settings from a file that the operator owns (`--asset FILE`). A request can add settings but not change any:
//! the author of a request must not be able to send the operator's secrets to another server.

use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::document::{self, Members, invalid};
use super::set_secrets::scalars;
use crate::runtime::error::Failure;
use crate::runtime::file;
use crate::runtime::json;
use crate::runtime::secret::Redactor;
use crate::runtime::table::facts::DataType;
use crate::runtime::table::parameter::Field;
use crate::runtime::text;

/// Maximum size of an asset file in bytes.
const LARGEST: u64 = 1024 * 1024;
/// Maximum size of a file that contains a secret, in bytes.
const LARGEST_SECRET: u64 = 16 * 1024;

/// The settings of an asset file: the members of a JSON object, each known and unique.
pub struct AssetFile {
    path: PathBuf,
    settings: Vec<(String, Zeroizing<String>)>,
}

impl AssetFile {
    /// Reads the file. A secret setting `x` may be in a separate file, which `x_file` names.
    ///
    /// # Errors
    /// When the file is unusable: nothing is sent then.
    pub fn read(path: &Path, fields: &[Field], redactor: &Redactor) -> Result<AssetFile, Failure> {
        let problem = |words: String| invalid(format!("The asset file {} is unusable: {words}.", path.display()));
        let content = file::read_owned(path, LARGEST).map_err(|error| problem(error.to_string()))?;
        let content = Zeroizing::new(content);
        let text = document::read(&content).map_err(|failure| {
            problem(lower(&failure.message).replace("the request", "it").replace(" on stdin", ""))
        })?;
        let members = Members::read(text, text, "the asset file", redactor, &|_| true)
            .map_err(|failure| problem(lower(&failure.message)))?;
        let mut settings: Vec<(String, Zeroizing<String>)> = Vec::new();
        for (name, value) in &members.members {
            if let Some(field) = fields.iter().find(|field| field.name == name) {
                if field.secret {
                    scalars(value, &mut |secret| redactor.add(secret));
                }
                settings.push((name.to_string(), Zeroizing::new(value.get().to_owned())));
                continue;
            }
            let Some(field) = secret_in_a_file(name, fields) else {
                let advice = match text::nearest(name, fields.iter().map(|field| field.name)) {
                    Some(near) => format!(" (did you mean `{near}`?)"),
                    None => String::new(),
                };
                return Err(problem(format!("`{}` is not a setting{advice}", text::escaped(&redactor.text(name), 40))));
            };
            if members.get(field.name).is_some() {
                return Err(problem(format!("give `{}` or `{name}`, not both", field.name)));
            }
            let secret = read_secret(value, redactor).map_err(|words| problem(format!("`{name}` {words}")))?;
            redactor.add(&secret);
            let json = Zeroizing::new(serde_json::json!(*secret).to_string());
            settings.push((field.name.to_owned(), json));
        }
        Ok(AssetFile { path: path.to_owned(), settings })
    }

    /// Merges the file's settings and those that a request's `config` adds into one JSON object.
    ///
    /// # Errors
    /// When the request gives a setting of the file a different value, or adds one that is `fixed`.
    pub(super) fn merge(
        &self,
        config: Option<&Members<'_>>,
        fields: &[Field],
        fixed: &[&str],
        redactor: &Redactor,
    ) -> Result<Zeroizing<String>, Failure> {
        let mut merged = Zeroizing::new(String::from("{"));
        let mut add = |name: &str, json: &str| {
            let comma = if merged.len() > 1 { "," } else { "" };
            merged.push_str(&format!("{comma}{}:", serde_json::json!(name)));
            merged.push_str(json);
        };
        self.settings.iter().for_each(|(name, json)| add(name, json));
        for (name, value) in config.iter().flat_map(|config| &config.members) {
            match self.settings.iter().find(|(known, _)| known == name) {
                None if fixed.contains(&name.as_ref()) && !same("null", value.get()) => {
                    return Err(invalid(format!(
                        "`config.{name}` cannot be added by a request: set it in the asset file {}.",
                        self.path.display()
                    )));
                }
                None if fields.iter().any(|field| field.name == name) => add(name, value.get()),
                None => {}
                Some((_, own)) if same(own, value.get()) => {}
                Some(_) => {
                    return Err(invalid(format!(
                        "`config.{}` differs from the asset file {}, which a request cannot change.",
                        text::escaped(&redactor.text(name), 40),
                        self.path.display()
                    )));
                }
            }
        }
        merged.push('}');
        Ok(merged)
    }
}

/// The secret setting `x` that `name`, `x_file`, puts into a separate file.
pub(super) fn secret_in_a_file<'f>(name: &str, fields: &'f [Field]) -> Option<&'f Field> {
    let setting = name.strip_suffix("_file")?;
    fields.iter().find(|field| field.name == setting && field.data_type == DataType::Password)
}

fn read_secret(path: &RawValue, redactor: &Redactor) -> Result<Zeroizing<String>, String> {
    let path: String =
        serde_json::from_str(path.get()).map_err(|_| format!("must be text, not {}", json::kind_of(path.get())))?;
    let shown = text::quoted(&redactor.text(&path), 200);
    let content = file::read_owned(Path::new(&path), LARGEST_SECRET).map_err(|error| format!("{shown} {error}"))?;
    let content = Zeroizing::new(content);
    let mut secret = std::str::from_utf8(&content).map_err(|_| format!("{shown} is not UTF-8"))?;
    secret = secret.strip_suffix('\n').unwrap_or(secret);
    secret = secret.strip_suffix('\r').unwrap_or(secret);
    Ok(Zeroizing::new(secret.to_owned()))
}

/// Whether two values mean the same: `240` and `"240"`, `true` and `"TRUE"`; `null` and `""` count as not given.
fn same(own: &str, given: &str) -> bool {
    let plain = |json: &str| match serde_json::from_str::<Value>(json) {
        Ok(Value::String(text)) => text.trim().to_owned(),
        Ok(value) => value.to_string(),
        Err(_) => json.to_owned(),
    };
    let (own, given) = (plain(own), plain(given));
    given.is_empty()
        || given == "null"
        || own == given
        || own.eq_ignore_ascii_case(&given) && matches!(&*own.to_lowercase(), "true" | "false")
}

/// The sentence without its full stop and capital letter, to follow a colon.
fn lower(sentence: &str) -> String {
    let mut characters = sentence.trim_end_matches('.').chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

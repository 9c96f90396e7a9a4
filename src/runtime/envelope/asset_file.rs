//! Asset settings from a file that the operator owns (`--asset FILE`). A request can add to them, and
//! cannot change one: whoever writes requests must not be able to send the operator's secrets to a
//! server of their own.

use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::document::{self, Members, invalid};
use crate::runtime::error::Failure;
use crate::runtime::file;
use crate::runtime::json;
use crate::runtime::secret::Redactor;
use crate::runtime::table::facts::DataType;
use crate::runtime::table::parameter::Field;
use crate::runtime::text;

/// The most that is read of an asset file.
const LARGEST: u64 = 1024 * 1024;
/// The most that is read of a file that holds one secret.
const LARGEST_SECRET: u64 = 16 * 1024;

/// The settings of an asset file: JSON objects' members, each known and each once.
pub struct AssetFile {
    path: PathBuf,
    settings: Vec<(String, Zeroizing<String>)>,
}

impl AssetFile {
    /// Reads the file. A secret setting `x` may stand in a file of its own, which `x_file` names.
    ///
    /// # Errors
    /// What is wrong with it, for the result: nothing is sent then.
    pub fn read(path: &Path, fields: &[Field], redactor: &Redactor) -> Result<AssetFile, Failure> {
        let problem = |words: String| invalid(format!("The asset file {} is unusable: {words}.", path.display()));
        let content = file::read_owned(path, LARGEST).map_err(|error| problem(error.to_string()))?;
        let content = Zeroizing::new(content);
        let text = document::read(&content).map_err(|failure| problem(lower(&failure.message)))?;
        let members = Members::read(text, text, "the asset file", redactor, &|_| true)
            .map_err(|failure| problem(lower(&failure.message)))?;
        let mut settings: Vec<(String, Zeroizing<String>)> = Vec::new();
        for (name, value) in &members.members {
            if fields.iter().any(|field| field.name == name) {
                settings.push((name.to_string(), Zeroizing::new(value.get().to_owned())));
                continue;
            }
            let Some(field) = secret_in_a_file(name, fields) else {
                let advice = match text::nearest(name, fields.iter().map(|field| field.name)) {
                    Some(near) => format!(" (did you mean `{near}`?)"),
                    None => String::new(),
                };
                return Err(problem(format!("`{}` is not a setting{advice}", text::clean(&redactor.text(name), 40))));
            };
            if members.get(field.name).is_some() {
                return Err(problem(format!("give `{}` or `{name}`, not both", field.name)));
            }
            let secret = read_secret(value, redactor).map_err(|words| problem(format!("`{name}` {words}")))?;
            let json = Zeroizing::new(serde_json::json!(*secret).to_string());
            settings.push((field.name.to_owned(), json));
        }
        Ok(AssetFile { path: path.to_owned(), settings })
    }

    /// The file's settings with those that a request's `config` adds, as one JSON object.
    ///
    /// # Errors
    /// When the request gives a setting of the file another value.
    pub(super) fn merge(
        &self,
        config: Option<&Members<'_>>,
        fields: &[Field],
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
                None if fields.iter().any(|field| field.name == name) => add(name, value.get()),
                None => {}
                Some((_, own)) if same(own, value.get()) => {}
                Some(_) => {
                    return Err(invalid(format!(
                        "`config.{}` differs from the asset file {}, which a request cannot change.",
                        text::clean(&redactor.text(name), 40),
                        self.path.display()
                    )));
                }
            }
        }
        merged.push('}');
        Ok(merged)
    }
}

/// The secret setting that `name` puts into a file of its own.
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

/// Whether two values mean the same: `240` and `"240"`, `true` and `"TRUE"`; `null` and `""` mean nothing.
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

/// The sentence without its full stop, to go on after a colon.
fn lower(sentence: &str) -> String {
    let mut characters = sentence.trim_end_matches('.').chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

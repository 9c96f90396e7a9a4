//! What the manifest says of an action's output: data paths with type, `contains` and words.

/// The data types of SOAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// Text.
    String,
    /// A number.
    Numeric,
    /// `true` or `false`.
    Boolean,
    /// Text that the platform stores encrypted and shows as dots.
    Password,
}

impl DataType {
    /// As the manifest spells it.
    pub const fn name(self) -> &'static str {
        match self {
            DataType::String => "string",
            DataType::Numeric => "numeric",
            DataType::Boolean => "boolean",
            DataType::Password => "password",
        }
    }
}

/// One path below `action_result.data.*.` or `action_result.summary.`. Built by [`text`], [`url`],
/// [`number`] and [`boolean`].
#[derive(Clone, Copy, Debug)]
pub struct DataPath {
    /// Keys joined by dots; `*` is any element of an array.
    pub path: &'static str,
    /// The published type, also where what is sent has another (see [`DataPath::list`]).
    pub data_type: DataType,
    /// What the value is, for the platform: `okta user id`, `url`.
    pub contains: &'static [&'static str],
    /// Heading, where the value is worth a column in a table.
    pub column: Option<&'static str>,
    /// An example: text, or JSON for numbers and booleans.
    pub example: &'static str,
    /// What it is, for people.
    pub words: &'static str,
    /// Really an array of strings.
    pub is_list: bool,
    /// Really of any type.
    pub is_any: bool,
}

const fn path(path: &'static str, data_type: DataType, example: &'static str) -> DataPath {
    DataPath { path, data_type, contains: &[], column: None, example, words: "", is_list: false, is_any: false }
}

/// A path to text.
pub const fn text(name: &'static str, example: &'static str) -> DataPath {
    path(name, DataType::String, example)
}

/// A path to an address, `contains` `url`.
pub const fn url(name: &'static str, example: &'static str) -> DataPath {
    path(name, DataType::String, example).contains(&["url"])
}

/// A path to a number; `example` is JSON.
pub const fn number(name: &'static str, example: &'static str) -> DataPath {
    path(name, DataType::Numeric, example)
}

/// A path to `true` or `false`; `example` is JSON.
pub const fn boolean(name: &'static str, example: &'static str) -> DataPath {
    path(name, DataType::Boolean, example)
}

impl DataPath {
    /// What the value is, for the platform.
    pub const fn contains(mut self, contains: &'static [&'static str]) -> Self {
        self.contains = contains;
        self
    }

    /// Gives the value a column under this heading.
    pub const fn column(mut self, heading: &'static str) -> Self {
        self.column = Some(heading);
        self
    }

    /// What it is, for people.
    pub const fn says(mut self, words: &'static str) -> Self {
        self.words = words;
        self
    }

    /// Really an array of strings, whatever the published type.
    pub const fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    /// Really of any type, whatever the published one.
    pub const fn any(mut self) -> Self {
        self.is_any = true;
        self
    }
}

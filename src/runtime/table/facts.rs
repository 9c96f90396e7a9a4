//! The facts about an action: what it is for, what it may do, and what comes back, path by path.

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
    /// What the value is, for the platform: `user name`, `url`.
    pub contains: &'static [&'static str],
    /// Heading, where the value is worth a column in a table.
    pub column: Option<&'static str>,
    /// An example: text, or JSON for numbers and booleans.
    pub example: &'static str,
    /// What it is, for people.
    pub description: &'static str,
    /// Really an array of strings.
    pub is_list: bool,
    /// Really of any type.
    pub is_any: bool,
}

const fn path(path: &'static str, data_type: DataType, example: &'static str) -> DataPath {
    DataPath { path, data_type, contains: &[], column: None, example, description: "", is_list: false, is_any: false }
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
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = description;
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

/// What an action is for: `type` in a SOAR manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionType {
    /// Checks the asset.
    Test,
    /// Looks something up.
    Investigate,
    /// Limits damage.
    Contain,
    /// Puts something right.
    Correct,
    /// Anything else.
    Generic,
}

impl ActionType {
    /// As the manifest spells it.
    pub fn name(self) -> &'static str {
        match self {
            ActionType::Test => "test",
            ActionType::Investigate => "investigate",
            ActionType::Contain => "contain",
            ActionType::Correct => "correct",
            ActionType::Generic => "generic",
        }
    }
}

/// What an action sends back in `data`, for the manifest.
#[derive(Clone, Copy, Debug)]
pub enum Data {
    /// The manifest lists no output at all.
    Unlisted,
    /// `data` stays empty.
    Empty,
    /// Objects with these paths.
    Objects(&'static [&'static [DataPath]]),
}

impl Data {
    /// The paths below `action_result.data.*.`.
    pub fn paths(self) -> impl Iterator<Item = &'static DataPath> {
        let tables = match self {
            Data::Objects(tables) => tables,
            Data::Unlisted | Data::Empty => &[],
        };
        tables.iter().copied().flatten()
    }
}

/// The facts about an action.
#[derive(Debug)]
pub struct Facts {
    /// `list users`
    pub action: &'static str,
    /// `list_users`
    pub identifier: &'static str,
    /// What it is for.
    pub action_type: ActionType,
    /// Whether it leaves the other side as it was.
    pub read_only: bool,
    /// One sentence.
    pub description: &'static str,
    /// What else there is to know.
    pub verbose: &'static str,
    /// The admin roles of which the token's owner needs one.
    pub roles: &'static [&'static str],
    /// What comes back.
    pub data: Data,
    /// Paths below `action_result.summary.`.
    pub summary: &'static [DataPath],
}

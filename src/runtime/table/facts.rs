//! The facts about an action: its type, its roles, and its output, path by path.

/// The data types of SOAR manifests.
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
    /// The published type, even if the actual type differs (see [`DataPath::list`]).
    pub data_type: DataType,
    /// `contains` in the manifest, such as `user name` or `url`.
    pub contains: &'static [&'static str],
    /// Column heading, if the value is shown in the result table.
    pub column: Option<&'static str>,
    /// An example value: text, or JSON for numbers and booleans.
    pub example: &'static str,
    /// Description for people.
    pub description: &'static str,
    /// Whether the value is actually an array of strings.
    pub is_list: bool,
    /// Whether the value can actually have any type.
    pub is_any: bool,
}

const fn path(path: &'static str, data_type: DataType, example: &'static str) -> DataPath {
    DataPath { path, data_type, contains: &[], column: None, example, description: "", is_list: false, is_any: false }
}

/// A path to text.
pub const fn text(name: &'static str, example: &'static str) -> DataPath {
    path(name, DataType::String, example)
}

/// A path to a URL; `contains` is `url`.
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
    /// Sets `contains` for the manifest.
    pub const fn contains(mut self, contains: &'static [&'static str]) -> Self {
        self.contains = contains;
        self
    }

    /// Shows the value in the result table under this heading.
    pub const fn column(mut self, heading: &'static str) -> Self {
        self.column = Some(heading);
        self
    }

    /// Description for people.
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// Declares that the value is actually an array of strings, whatever the published type.
    pub const fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    /// Declares that the value can have any type, whatever the published one.
    pub const fn any(mut self) -> Self {
        self.is_any = true;
        self
    }
}

/// The kind of action: `type` in a SOAR manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionType {
    /// Tests the asset settings.
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

/// What an action returns in `data`, for the manifest.
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

/// What reading the state settles about a change of which a response was lost. The fault tests hold every
/// action to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settles {
    /// Nothing: without a response the outcome stays unknown. Also for an action that changes nothing.
    Nothing,
    /// The refusal of another attempt: the state shows whether an earlier one was carried out.
    Refusal,
    /// The lost response itself: the state shows whether the request was carried out.
    Loss,
}

impl Settles {
    /// A sentence for people; empty if there is nothing to say.
    pub const fn sentence(self) -> &'static str {
        match self {
            Settles::Nothing => "",
            Settles::Refusal => {
                "If another attempt is refused after a response was lost, reading the state settles the outcome."
            }
            Settles::Loss => "If the response is lost, reading the state settles the outcome.",
        }
    }
}

/// The facts about an action.
#[derive(Debug)]
pub struct Facts {
    /// `list users`
    pub action: &'static str,
    /// `list_users`
    pub identifier: &'static str,
    /// The kind of action.
    pub action_type: ActionType,
    /// Whether the action changes nothing. Read-only actions run in parallel and have no outcome.
    pub read_only: bool,
    /// What reading the state settles after a lost response.
    pub settles: Settles,
    /// One sentence, without its full stop.
    pub description: &'static str,
    /// Further details, in full sentences; may be empty.
    pub verbose: &'static str,
    /// The admin roles, one of which the token's owner needs; empty if any will do.
    pub roles: &'static [&'static str],
    /// What the action returns in `data`.
    pub data: Data,
    /// Data paths below `action_result.summary.`.
    pub summary: &'static [DataPath],
}

//! A JSON document as a tree that keeps the order of members and the spelling of numbers, for writing
//! fixtures and comparing results.

use serde_json::value::RawValue;

use super::members;

/// A JSON value whose scalars keep their original spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A string, number, boolean or null, as JSON.
    Scalar(String),
    /// An array.
    Array(Vec<Node>),
    /// An object; keys are JSON strings without their quotes, as written.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Parses a value.
    ///
    /// # Errors
    /// When `json` is not valid JSON.
    pub fn read(json: &str) -> serde_json::Result<Node> {
        let json = json.trim();
        Ok(match json.as_bytes().first() {
            Some(b'{') => {
                let mut nodes = Vec::new();
                for (key, value) in members(json)? {
                    let key = serde_json::to_string(&key)?;
                    nodes.push((key[1..key.len() - 1].to_owned(), Node::read(value.get())?));
                }
                Node::Object(nodes)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(json)?;
                Node::Array(elements.into_iter().map(|element| Node::read(element.get())).collect::<Result<_, _>>()?)
            }
            _ => Node::Scalar(serde_json::from_str::<&RawValue>(json)?.get().to_owned()),
        })
    }

    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Object(nodes) => nodes.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Formats on one line, without spaces.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, usize::MAX, 0);
        out
    }

    /// Formats over several lines where a value does not fit into `width` characters.
    pub fn pretty(&self, width: usize) -> String {
        self.pretty_at(width, 0)
    }

    /// Like [`Node::pretty`], indented by `indent` spaces for a place in a larger document.
    pub fn pretty_at(&self, width: usize, indent: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, width, indent);
        out
    }

    /// Formats every member on its own line, indented by `indent` spaces for a place in a larger document.
    pub fn indented(&self, indent: usize) -> String {
        self.pretty_at(0, indent)
    }

    fn write(&self, out: &mut String, width: usize, indent: usize) {
        let fits = width == usize::MAX || indent + self.length() <= width;
        let (open, close, count) = match self {
            Node::Scalar(json) => return out.push_str(json),
            Node::Array(nodes) => ('[', ']', nodes.len()),
            Node::Object(nodes) => ('{', '}', nodes.len()),
        };
        out.push(open);
        for index in 0..count {
            if index > 0 {
                out.push(',');
            }
            if !fits {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent + 2));
            } else if index > 0 && width != usize::MAX {
                out.push(' ');
            }
            match self {
                Node::Array(nodes) => nodes[index].write(out, width, indent + 2),
                Node::Object(nodes) => {
                    let (key, node) = &nodes[index];
                    out.push('"');
                    out.push_str(key);
                    out.push_str(if width == usize::MAX { "\":" } else { "\": " });
                    node.write(out, width, indent + 2);
                }
                Node::Scalar(_) => {}
            }
        }
        if !fits && count > 0 {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push(close);
    }

    /// Length on one line, in bytes.
    fn length(&self) -> usize {
        match self {
            Node::Scalar(json) => json.len(),
            Node::Array(nodes) => 2 + nodes.iter().map(|node| node.length() + 2).sum::<usize>(),
            Node::Object(nodes) => 2 + nodes.iter().map(|(key, node)| key.len() + node.length() + 6).sum::<usize>(),
        }
    }

    /// The places where two values differ, at most `most`.
    pub fn differences(&self, other: &Node, most: usize) -> Vec<Difference> {
        let mut rows = Vec::new();
        self.compare(other, "", most, &mut rows);
        rows
    }

    fn compare(&self, other: &Node, path: &str, most: usize, rows: &mut Vec<Difference>) {
        if rows.len() >= most || self == other {
            return;
        }
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match (self, other) {
            (Node::Array(left), Node::Array(right)) => {
                for index in 0..left.len().max(right.len()) {
                    either(left.get(index), right.get(index), &below(&index.to_string()), most, rows);
                }
            }
            (Node::Object(left), Node::Object(right)) => {
                for (key, node) in left {
                    either(Some(node), other.get(key), &below(key), most, rows);
                }
                for (key, node) in right.iter().filter(|(key, _)| self.get(key).is_none()) {
                    either(None, Some(node), &below(key), most, rows);
                }
                if rows.is_empty() {
                    rows.push(Difference {
                        path: below("(order of members)"),
                        left: Some(self.compact()),
                        right: Some(other.compact()),
                    });
                }
            }
            _ => rows.push(Difference {
                path: path.to_owned(),
                left: Some(self.compact()),
                right: Some(other.compact()),
            }),
        }
    }
}

fn either(left: Option<&Node>, right: Option<&Node>, path: &str, most: usize, rows: &mut Vec<Difference>) {
    match (left, right) {
        (Some(left), Some(right)) => left.compare(right, path, most, rows),
        _ if rows.len() >= most => {}
        _ => rows.push(Difference {
            path: path.to_owned(),
            left: left.map(Node::compact),
            right: right.map(Node::compact),
        }),
    }
}

/// A place where two values differ. A side that does not have it is `None`.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// Keys and indexes joined by dots.
    pub path: String,
    /// The value on this side, on one line.
    pub left: Option<String>,
    /// The value on the other side, on one line.
    pub right: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_spelling_and_differences_name_their_place() {
        let left = Node::read(r#"{"a":[1.0,{"b":12345678901234567890}],"c":1}"#).unwrap();
        let right = Node::read(r#"{"a":[1,{"b":12345678901234567890}],"d":1}"#).unwrap();
        assert_eq!(left.compact(), r#"{"a":[1.0,{"b":12345678901234567890}],"c":1}"#);
        let places: Vec<String> = left.differences(&right, 9).into_iter().map(|row| row.path).collect();
        assert_eq!(places, ["a.0", "c", "d"]);
    }
}

//! The filter language of lists: comparisons with `and`, `or`, `not` and parentheses, as SCIM has
//! it (RFC 7644, section 3.4.2.2) and Okta takes it (okta-api.md, «Operations»).

use std::iter::Peekable;
use std::vec::IntoIter;

use crate::clock::parse_iso;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Compare { path: String, operator: Operator, value: String },
    Present(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
    Pr,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => {
                let mut value = String::new();
                loop {
                    match letters.next() {
                        None => return Err("a string has no end".to_owned()),
                        Some('"') => break,
                        Some('\\') => value.extend(letters.next()),
                        Some(letter) => value.push(letter),
                    }
                }
                tokens.push(Token::Text(value));
            }
            letter => {
                let mut word = letter.to_string();
                while let Some(letter) = letters.next_if(|letter| !" \t()\"".contains(*letter)) {
                    word.push(letter);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

/// How deep parentheses may go.
const DEPTH: usize = 32;

/// Reads an expression; the error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    let mut tokens = tokens(text)?.into_iter().peekable();
    let expression = any_of(&mut tokens, 0)?;
    match tokens.next() {
        None => Ok(expression),
        Some(token) => Err(format!("nothing was expected at {token:?}")),
    }
}

type Tokens = Peekable<IntoIter<Token>>;

fn is_word(token: &Token, name: &str) -> bool {
    matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(name))
}

fn any_of(tokens: &mut Tokens, depth: usize) -> Result<Expression, String> {
    let mut parts = vec![all_of(tokens, depth)?];
    while tokens.next_if(|token| is_word(token, "or")).is_some() {
        parts.push(all_of(tokens, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Or(parts) })
}

fn all_of(tokens: &mut Tokens, depth: usize) -> Result<Expression, String> {
    let mut parts = vec![one(tokens, depth)?];
    while tokens.next_if(|token| is_word(token, "and")).is_some() {
        parts.push(one(tokens, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::And(parts) })
}

fn one(tokens: &mut Tokens, depth: usize) -> Result<Expression, String> {
    if depth > DEPTH {
        return Err("too many parentheses".to_owned());
    }
    match tokens.next() {
        Some(Token::Open) => {
            let inside = any_of(tokens, depth + 1)?;
            match tokens.next() {
                Some(Token::Close) => Ok(inside),
                _ => Err("a parenthesis is not closed".to_owned()),
            }
        }
        Some(token) if is_word(&token, "not") => Ok(Expression::Not(Box::new(one(tokens, depth + 1)?))),
        Some(Token::Word(path)) if path.starts_with(|letter: char| letter.is_ascii_alphabetic()) => {
            comparison(path, tokens)
        }
        Some(token) => Err(format!("an attribute was expected, not {token:?}")),
        None => Err("an attribute was expected".to_owned()),
    }
}

fn comparison(path: String, tokens: &mut Tokens) -> Result<Expression, String> {
    let Some(Token::Word(word)) = tokens.next() else { return Err(format!("an operator was expected after {path}")) };
    let operator = match word.to_ascii_lowercase().as_str() {
        "pr" => return Ok(Expression::Present(path)),
        "eq" => Operator::Eq,
        "ne" => Operator::Ne,
        "co" => Operator::Co,
        "sw" => Operator::Sw,
        "ew" => Operator::Ew,
        "gt" => Operator::Gt,
        "ge" => Operator::Ge,
        "lt" => Operator::Lt,
        "le" => Operator::Le,
        _ => return Err(format!("{word:?} is no operator")),
    };
    match tokens.next() {
        Some(Token::Text(value)) => Ok(Expression::Compare { path, operator, value }),
        // Only numbers, true, false and null go without quotes.
        Some(Token::Word(value)) if value.parse::<f64>().is_ok() || ["true", "false", "null"].contains(&&*value) => {
            Ok(Expression::Compare { path, operator, value })
        }
        _ => Err(format!("a value in quotes was expected after {path} {word}")),
    }
}

impl Expression {
    /// The first comparison that `allowed` refuses.
    pub fn refused(&self, allowed: &dyn Fn(&str, Operator) -> bool) -> Option<(String, Operator)> {
        match self {
            Expression::And(parts) | Expression::Or(parts) => parts.iter().find_map(|part| part.refused(allowed)),
            Expression::Not(part) => part.refused(allowed),
            Expression::Compare { path, operator, .. } => {
                (!allowed(path, *operator)).then(|| (path.clone(), *operator))
            }
            Expression::Present(path) => (!allowed(path, Operator::Pr)).then(|| (path.clone(), Operator::Pr)),
        }
    }

    /// Whether an object fits, given the values of its attributes. Text is compared without case.
    pub fn fits(&self, values: &dyn Fn(&str) -> Vec<String>) -> bool {
        match self {
            Expression::And(parts) => parts.iter().all(|part| part.fits(values)),
            Expression::Or(parts) => parts.iter().any(|part| part.fits(values)),
            Expression::Not(part) => !part.fits(values),
            Expression::Present(path) => values(path).iter().any(|value| !value.is_empty()),
            Expression::Compare { path, operator: Operator::Ne, value } => {
                !values(path).iter().any(|have| compare(have, Operator::Eq, value))
            }
            Expression::Compare { path, operator, value } => {
                values(path).iter().any(|have| compare(have, *operator, value))
            }
        }
    }

    /// The values that one of these attributes has to equal, if the expression says nothing else:
    /// then nobody has to look through a million users.
    pub fn exact(&self, paths: &[&str]) -> Option<Vec<String>> {
        match self {
            Expression::Compare { path, operator: Operator::Eq, value } if paths.contains(&path.as_str()) => {
                Some(vec![value.clone()])
            }
            Expression::Or(parts) => {
                let parts: Option<Vec<Vec<String>>> = parts.iter().map(|part| part.exact(paths)).collect();
                Some(parts?.concat())
            }
            _ => None,
        }
    }
}

fn compare(have: &str, operator: Operator, value: &str) -> bool {
    let order = match (parse_iso(have), parse_iso(value)) {
        (Some(have), Some(value)) => have.cmp(&value),
        _ => have.to_lowercase().cmp(&value.to_lowercase()),
    };
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Co => have.to_lowercase().contains(&value.to_lowercase()),
        Operator::Sw => have.to_lowercase().starts_with(&value.to_lowercase()),
        Operator::Ew => have.to_lowercase().ends_with(&value.to_lowercase()),
        Operator::Pr => !have.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn fits(text: &str) -> bool {
        let values = |path: &str| match path {
            "status" => vec!["ACTIVE".to_owned()],
            "profile.lastName" => vec!["Adler".to_owned()],
            "lastUpdated" => vec!["2026-01-02T03:04:05.000Z".to_owned()],
            _ => vec![],
        };
        parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).fits(&values)
    }

    #[test]
    fn expressions_mean_what_scim_says() {
        for yes in [
            "status eq \"ACTIVE\"",
            "status EQ \"active\" AND profile.lastName sw \"ad\"",
            "status eq \"STAGED\" or profile.lastName co \"dle\"",
            "status eq \"ACTIVE\" or status eq \"STAGED\" and profile.lastName eq \"nobody\"",
            "(status eq \"STAGED\" or status eq \"ACTIVE\") and lastUpdated gt \"2026-01-01T00:00:00Z\"",
            "lastUpdated le \"2026-01-02T04:04:05.000+01:00\"",
            "not (status eq \"STAGED\") and profile.lastName pr",
            "status ne \"STAGED\"",
        ] {
            assert!(fits(yes), "{yes}");
        }
        for no in [
            "profile.city pr",
            "status eq \"ACTIVE\" and profile.lastName eq \"x\"",
            "lastUpdated lt \"2026-01-01T00:00:00Z\"",
        ] {
            assert!(!fits(no), "{no}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for wrong in [
            "",
            "status",
            "status eq",
            "status eq ACTIVE",
            "status is \"x\"",
            "status eq \"x",
            "(status eq \"x\"",
            "a eq \"b\" c",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }

    #[test]
    fn exact_values_are_found_in_alternatives_only() {
        let paths = ["profile.login", "profile.email"];
        let both = parse("profile.login eq \"a\" or profile.email eq \"a\"").unwrap();
        assert_eq!(both.exact(&paths), Some(vec!["a".to_owned(), "a".to_owned()]));
        assert_eq!(parse("profile.login eq \"a\" or status eq \"ACTIVE\"").unwrap().exact(&paths), None);
        assert_eq!(parse("profile.login sw \"a\"").unwrap().exact(&paths), None);
    }
}

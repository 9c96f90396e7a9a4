//! Helpers for messages: cleaning text from outside, suggesting names, and lists in words.

use super::secret::Redacted;

/// Maximum length of response text in a message, in characters.
pub const EXCERPT: usize = 500;

/// Maximum length of a message or a warning in bytes, whatever it quotes.
pub const MESSAGE: usize = 4 * 1024;

/// Cleans text from outside for a message: no control characters, no invisible direction marks, single spaces,
/// at most `most` characters.
pub fn clean(text: &Redacted<'_>, most: usize) -> String {
    let mut cleaned = String::new();
    let mut count = 0;
    for character in text.chars() {
        let character = if character.is_control() || is_invisible(character) { ' ' } else { character };
        if character.is_whitespace() && (cleaned.is_empty() || cleaned.ends_with(' ')) {
            continue;
        }
        if count == most {
            cleaned.truncate(cleaned.trim_end().len());
            cleaned.push('…');
            return cleaned;
        }
        cleaned.push(if character.is_whitespace() { ' ' } else { character });
        count += 1;
    }
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// A value in quotes, with what cannot be seen in it shown as escapes: a line break at the end of a
/// login must not hide. At most `most` characters of it.
pub fn quoted(value: &Redacted<'_>, most: usize) -> String {
    format!("\"{}\"", escaped(value, most))
}

/// The same without the quotes.
pub fn escaped(value: &Redacted<'_>, most: usize) -> String {
    let mut shown = String::new();
    for (count, character) in value.chars().enumerate() {
        match character {
            _ if count == most => {
                shown.push('…');
                break;
            }
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if character.is_control() || is_invisible(character) || character.is_whitespace() && character != ' ' => {
                shown.push_str(&format!("\\u{{{:x}}}", character as u32));
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// At most `most` characters of a text that is clean already.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// A whole message within its bound.
pub fn bounded(message: Redacted<'_>) -> String {
    cut(message.into_owned(), MESSAGE)
}

/// At most `most` bytes of a text that is clean already.
pub fn cut(mut text: String, most: usize) -> String {
    const MORE: char = '…';
    if text.len() > most {
        let end = (0..=most - MORE.len_utf8()).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.truncate(text.trim_end().len());
        text.push(MORE);
    }
    text
}

/// Zero-width and direction marks and blank letters, with which a text can pose as another; line separators too.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{3164}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text of an HTML body, without tags, scripts and styles.
pub fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        plain.push(' ');
        let tag = &rest[start..];
        let hidden = ["script", "style"]
            .into_iter()
            .find(|name| tag.get(1..=name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name)));
        let end = match hidden {
            Some(name) => find_ignoring_case(tag, &format!("</{name}")).unwrap_or(tag.len()),
            None => 0,
        };
        rest = match tag[end..].find('>') {
            Some(close) => &tag[end + close + 1..],
            None => "",
        };
    }
    plain.push_str(rest);
    plain
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes().windows(wanted.len()).position(|part| part.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// The candidate that `name` was probably meant to be: the one with the fewest edits, if they are few compared
/// with its length.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(64).collect();
    candidates
        .into_iter()
        .map(|candidate| (edits(&wanted, &candidate.to_lowercase().chars().collect::<Vec<_>>()), candidate))
        .filter(|(edits, candidate)| *edits <= (candidate.chars().count() / 2).max(1))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The number of edits between two words, ignoring case.
pub fn edits_between(a: &str, b: &str) -> usize {
    let letters = |word: &str| word.to_lowercase().chars().take(64).collect::<Vec<char>>();
    edits(&letters(a), &letters(b))
}

/// Levenshtein distance.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let change = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// `words` with a capital first letter.
pub fn capital(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// `a, b and c`.
pub fn list(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., end] => format!("{} {last} {end}", init.join(", ")),
    }
}

/// `1 item`, `2 items`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A duration for people: in whole seconds, rounded up; below two seconds with one decimal.
pub fn seconds(duration: std::time::Duration) -> String {
    match duration.as_millis() {
        millis @ 0..2000 if millis % 1000 != 0 => format!("{:.1} s", millis.div_ceil(100) as f64 / 10.0),
        millis => format!("{} s", millis.div_ceil(1000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::secret::Redactor;

    fn clean(text: &str, most: usize) -> String {
        super::clean(&Redactor::default().text(text), most)
    }

    #[test]
    fn clean_text_has_no_control_characters_and_no_direction_marks() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\r\n\tb\u{202e}c", 100), "a [31mred b c");
    }

    fn quoted(value: &str, most: usize) -> String {
        super::quoted(&Redactor::default().text(value), most)
    }

    #[test]
    fn a_quoted_value_shows_what_cannot_be_seen() {
        assert_eq!(quoted("a b\n\t\u{202e}c\u{a0}\u{7}", 100), r#""a b\n\t\u{202e}c\u{a0}\u{7}""#);
        assert_eq!(
            quoted("p\u{ad}u\u{34f}s\u{180e}h\u{3164}\u{200b}", 100),
            r#""p\u{ad}u\u{34f}s\u{180e}h\u{3164}\u{200b}""#
        );
        assert_eq!(quoted("ääää", 3), "\"äää…\"");
    }

    #[test]
    fn clean_text_is_cut_at_a_number_of_characters() {
        assert_eq!(clean("ääää", 3), "äää…");
        assert_eq!(clean("ääää", 4), "ääää");
    }

    #[test]
    fn tags_scripts_and_styles_are_dropped() {
        let html = "<html><HEAD><Style>p{}</Style></head><script>x<y</SCRIPT><p>Bad gateway</p";
        assert_eq!(clean(&without_tags(html), 100), "Bad gateway");
    }

    #[test]
    fn a_mistyped_name_finds_its_neighbour_and_a_strange_one_none() {
        assert_eq!(nearest("limt", ["query", "limit"]), Some("limit"));
        assert_eq!(nearest("frobnicate", ["query", "limit"]), None);
    }
}

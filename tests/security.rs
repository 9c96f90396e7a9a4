//! SECURITY.md names files and tests: each is there.

use std::fs;
use std::path::Path;

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_file(name: &str) -> bool {
    ["src/", "tests/", "fixtures/"].iter().any(|folder| name.starts_with(folder)) && !name.contains('*')
}

#[test]
fn every_file_that_security_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = include_str!("../SECURITY.md");
    let missing: Vec<&str> = quoted(text).filter(|name| is_file(name) && !root.join(name).exists()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_test_that_security_names_is_where_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_, table) = include_str!("../SECURITY.md").split_once("## Which test shows it").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).filter_map(|line| line.split('|').nth(2));
    let (mut named, mut wrong) = (0, Vec::new());
    for row in rows {
        // Names stand behind their file. One that is named with its folder in another way is looked
        // for in all.
        let mut file = String::new();
        for name in quoted(row) {
            if is_file(name) {
                file = fs::read_to_string(root.join(name)).unwrap_or_default();
            } else if name.contains('_')
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
            {
                named += 1;
                let is_helper = row.contains(&format!("`{name}` in `"));
                if !is_helper
                    && !file.contains(&format!("#[test]\n    fn {name}("))
                    && !file.contains(&format!("#[test]\nfn {name}("))
                {
                    wrong.push(name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not where SECURITY.md says: {wrong:#?}");
    assert!(named > 50, "the table was read");
}

//! The four floors as src/lib.rs draws them: which floor may use which, and what a floor must not mention.
//! Read from the source files, so that the picture and the code cannot drift apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the top; each may use itself and those below it.
const FLOORS: [&str; 4] = ["cli", "actions", "okta", "runtime"];

/// Source files by module path, `okta::api::users`.
fn sources() -> BTreeMap<String, String> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => collect(&path, files),
                false => files.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let module = path.strip_prefix(&root).unwrap().with_extension("");
            let module: Vec<String> = module.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            (module.join("::"), fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn below<'s>(sources: &'s BTreeMap<String, String>, floor: &str) -> impl Iterator<Item = (&'s String, &'s String)> {
    let (own, inner) = (floor.to_owned(), format!("{floor}::"));
    sources.iter().filter(move |(module, _)| **module == own || module.starts_with(&inner))
}

/// The modules that a source file imports by `crate::…` or `super::…`.
fn imports(module: &str, text: &str, known: &BTreeMap<String, String>) -> BTreeSet<String> {
    // Tests may use anything.
    let text = text.split("#[cfg(test)]").next().unwrap();
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    let mut note = |path: &str| {
        // The longest prefix of the path that is a file.
        let parts: Vec<&str> = path.split("::").collect();
        let longest =
            (1..=parts.len()).rev().map(|count| parts[..count].join("::")).find(|name| known.contains_key(name));
        found.extend(longest.filter(|name| name != module));
    };
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches(':');
        match rest[end..].strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap().split(',').for_each(|name| {
                note(&format!("{path}::{}", name.trim()));
            }),
            None => note(path),
        }
    }
    for line in code.lines() {
        let Some(mut rest) = line.trim_start().strip_prefix("use super::") else { continue };
        let mut parent: Vec<&str> = module.split("::").collect();
        parent.pop();
        while let Some(up) = rest.strip_prefix("super::") {
            parent.pop();
            rest = up;
        }
        let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        note(&[&parent.join("::"), rest[..end].trim_end_matches(':')].join("::"));
    }
    found
}

#[test]
fn no_floor_looks_up() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (level, floor) in FLOORS.iter().enumerate() {
        for (module, text) in below(&sources, floor) {
            for import in imports(module, text, &sources) {
                let target = import.split("::").next().unwrap();
                if FLOORS[..level].contains(&target) {
                    wrong.push(format!("{module} looks up at {import}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let sources = sources();
    let graph: BTreeMap<&str, BTreeSet<String>> =
        sources.iter().map(|(module, text)| (module.as_str(), imports(module, text, &sources))).collect();
    // What is left after removing modules without imports again and again is in a circle, or above one.
    let mut left = graph.clone();
    loop {
        let done: Vec<&str> = left
            .iter()
            .filter(|(_, imports)| !imports.iter().any(|name| left.contains_key(name.as_str())))
            .map(|(name, _)| *name)
            .collect();
        if done.is_empty() {
            break;
        }
        done.into_iter().for_each(|name| drop(left.remove(name)));
    }
    // Then remove those above: nothing imports them.
    loop {
        let unused: Vec<&str> =
            left.keys().filter(|name| !left.values().any(|imports| imports.contains(**name))).copied().collect();
        if unused.is_empty() {
            break;
        }
        unused.into_iter().for_each(|name| drop(left.remove(name)));
    }
    assert!(left.is_empty(), "in circles: {left:#?}");
}

#[test]
fn the_runtime_does_not_know_okta() {
    let sources = sources();
    let wrong: Vec<String> = below(&sources, "runtime")
        .flat_map(|(module, text)| {
            text.lines()
                .enumerate()
                .filter(|(_, line)| line.to_lowercase().contains("okta"))
                .map(move |(number, line)| format!("{module}, line {}: {line}", number + 1))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_okta_floor_knows_no_action_manifest_or_envelope() {
    let sources = sources();
    let actions: Vec<String> =
        okta_connector::actions::TABLE.iter().map(|row| format!("*{}*", row.facts.action)).collect();
    let names = |line: &str| {
        let words = line.split(|c: char| !c.is_alphanumeric());
        words.into_iter().any(|word| {
            matches!(word.to_lowercase().as_str(), "action" | "actions" | "manifest" | "envelope" | "playbook" | "soar")
        }) || actions.iter().any(|action| line.contains(action))
    };
    let wrong: Vec<String> = below(&sources, "okta")
        .flat_map(|(module, text)| {
            text.lines()
                .enumerate()
                .filter(|(_, line)| names(line))
                .map(move |(number, line)| format!("{module}, line {}: {line}", number + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

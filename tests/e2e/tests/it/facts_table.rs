//! `docs/api/facts.md` against what it names: every fact has a test that is there, or a row of `differences.md`, and no row is without a fact.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// A fact, and what proves it.
struct Fact {
    text: String,
    proofs: Vec<Proof>,
}

enum Proof {
    /// A test, as `it::file::name` or `crate::module::name`.
    Test(String),
    /// The first words of a row of `differences.md`.
    Row(String),
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: &str) -> String {
    read_to_string(root().join(path)).unwrap()
}

/// The rows of all tables of a text, without their heads: the cells of each.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let is_head = lines.peek().is_some_and(|next| next.starts_with("|---"));
        if line.starts_with('|') && !line.starts_with("|---") && !is_head {
            rows.push(line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect());
        }
    }
    rows
}

fn without_marks(text: &str) -> String {
    text.replace('`', "")
}

fn facts() -> Vec<Fact> {
    let fact = |row: Vec<String>| {
        let [text, proofs] = row.try_into().unwrap_or_else(|row| panic!("two cells, not {row:?}"));
        Fact { text, proofs: proofs.split("; ").map(proof).collect() }
    };
    rows(&read("docs/api/facts.md")).into_iter().map(fact).collect()
}

/// `` `it::models::a_test` `` or `[first words](differences.md)`.
fn proof(text: &str) -> Proof {
    let test = text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    let row = text.strip_prefix('[').and_then(|rest| rest.strip_suffix("](differences.md)"));
    match (test, row) {
        (Some(test), _) => Proof::Test(test.to_owned()),
        (None, Some(row)) => Proof::Row(without_marks(row)),
        (None, None) => panic!("neither a test nor a row of differences.md: {text:?}"),
    }
}

/// The file of a test's module; a module `tests` can be a part of the file it tests.
fn file_of(modules: &[&str]) -> PathBuf {
    let folder = match modules[0] {
        "it" => root().join("tests/e2e/tests/it"),
        library => root().join("components").join(library).join("src"),
    };
    let file = |modules: &[&str]| folder.join(modules.join("/")).with_extension("rs");
    let whole = file(&modules[1..]);
    if whole.exists() { whole } else { file(modules[1..].strip_suffix(&["tests"]).unwrap_or(&modules[1..])) }
}

fn has_test(path: &Path, name: &str) -> bool {
    let text = read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| pair[0].ends_with("test]") && pair[1].contains(&format!("fn {name}(")))
}

#[test]
fn every_fact_is_proved_by_a_test_or_told_as_a_difference() {
    let differences: Vec<String> =
        rows(&read("docs/api/differences.md")).iter().map(|row| without_marks(&row[0])).collect();
    let facts = facts();
    assert!(facts.len() > 100, "only {} facts were found", facts.len());
    for Fact { text, proofs } in facts {
        for proof in proofs {
            match proof {
                Proof::Test(path) => {
                    let parts: Vec<&str> = path.split("::").collect();
                    let (name, modules) = parts.split_last().unwrap();
                    assert!(has_test(&file_of(modules), name), "{text}: there is no test {path}");
                }
                Proof::Row(words) => {
                    let found = differences.iter().any(|row| row.starts_with(&words));
                    assert!(found, "{text}: no row of differences.md begins with {words:?}");
                }
            }
        }
    }
}

#[test]
fn every_difference_is_about_a_fact() {
    let facts = facts();
    let cited = |row: &str| {
        let mut proofs = facts.iter().flat_map(|fact| &fact.proofs);
        proofs.any(|proof| matches!(proof, Proof::Row(words) if row.starts_with(words.as_str())))
    };
    let text = read("docs/api/differences.md");
    let (about_facts, _) = text.split_once("## Chosen, where nothing is known").unwrap();
    for row in rows(about_facts) {
        assert!(cited(&without_marks(&row[0])), "facts.md does not name {:?}", row[0]);
    }
}

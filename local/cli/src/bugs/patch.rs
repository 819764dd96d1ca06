//! Patches of one source file each, hunk by hunk. Pure.

use std::fmt;
use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use diffy::{DiffOptions, Patch};

/// What begins a hunk.
const HUNK: &str = "@@";

/// A source file with the bugs in it.
#[derive(Debug)]
pub(crate) struct Patched {
    /// Where it is, from the root.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The patch of one file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FilePatch {
    /// The file's place, from the root.
    pub path: String,
    hunks: Vec<String>,
}

/// A hunk that does not fit its file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    path: String,
    hunk: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}:\n{}", bugs(&self.hunk).join(", "), self.path, self.hunk)
    }
}

/// Reads the patches of some files.
///
/// # Errors
/// It is no unified diff.
pub(crate) fn parse(patches: &str) -> Result<Vec<FilePatch>> {
    let mut files: Vec<FilePatch> = Vec::new();
    for line in patches.split_inclusive('\n') {
        if line.starts_with("--- a/") {
            continue;
        }
        if let Some(path) = line.strip_prefix("+++ b/") {
            files.push(FilePatch { path: path.trim_end().to_owned(), hunks: Vec::new() });
            continue;
        }
        let file = files.last_mut().ok_or_else(|| anyhow!("a patch does not begin with its file: {line}"))?;
        match file.hunks.last_mut() {
            _ if line.starts_with(HUNK) => file.hunks.push(line.to_owned()),
            Some(hunk) => hunk.push_str(line),
            None => return Err(anyhow!("a patch of {} begins without {HUNK}: {line}", file.path)),
        }
    }
    Ok(files)
}

impl FilePatch {
    /// The file with every hunk that fits, and those that do not.
    pub(crate) fn apply(&self, source: &str) -> (String, Vec<Misfit>) {
        let (mut text, mut misfits) = (source.to_owned(), Vec::new());
        for hunk in &self.hunks {
            let patch = format!("--- a/{0}\n+++ b/{0}\n{hunk}", self.path);
            match Patch::from_str(&patch).ok().and_then(|patch| diffy::apply(&text, &patch).ok()) {
                Some(applied) => text = applied,
                None => misfits.push(Misfit { path: self.path.clone(), hunk: hunk.clone() }),
            }
        }
        (text, misfits)
    }
}

/// The patch from one text of a file to another; empty where they are the same.
///
/// # Errors
/// A hunk has no bug's name in it.
pub(crate) fn create(path: &Path, before: &str, after: &str) -> Result<String> {
    if before == after {
        return Ok(String::new());
    }
    let path = path.display();
    let mut options = DiffOptions::new();
    options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
    let patch = options.create_patch(before, after).to_string();
    for hunk in parse(&patch)?.iter().flat_map(|file| &file.hunks) {
        ensure!(!bugs(hunk).is_empty(), "this change of {path} belongs to no bug; name one in it:\n{hunk}");
    }
    Ok(patch)
}

/// The bugs that a hunk adds, or the module that has them all.
fn bugs(hunk: &str) -> Vec<&str> {
    let added = hunk.lines().filter(|line| line.starts_with('+'));
    let names = added.flat_map(|line| {
        let named = line.split("bug!(").skip(1).filter_map(|rest| rest.split(')').next());
        named.chain(line.contains("pub mod bug;").then_some("every bug"))
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str =
        "fn one() {\n    check();\n    act();\n}\n\n\n\n\n\n\n\n\nfn two() {\n    check();\n    rest();\n}\n";

    fn with_bugs() -> String {
        let after = BEFORE
            .replace("    check();\n    act", "    if !domain::bug!(NoCheck) {\n        check();\n    }\n    act");
        after.replace("rest();", "domain::bug!(NoRest).then(rest);")
    }

    fn patch() -> FilePatch {
        let patch = create(Path::new("components/a/src/lib.rs"), BEFORE, &with_bugs()).unwrap();
        parse(&patch).unwrap().pop().unwrap()
    }

    #[test]
    fn what_is_created_applies() {
        assert_eq!(patch().apply(BEFORE), (with_bugs(), Vec::new()));
    }

    #[test]
    fn lines_further_up_may_come_and_go() {
        let moved = |text: &str| format!("// new\n\n// lines\n{text}");
        assert_eq!(patch().apply(&moved(BEFORE)), (moved(&with_bugs()), Vec::new()));
    }

    #[test]
    fn a_hunk_that_does_not_fit_names_its_bug_and_its_file_and_leaves_the_others() {
        let (text, misfits) = patch().apply(&BEFORE.replace("act()", "perform()"));
        assert!(text.contains("NoRest") && !text.contains("NoCheck"), "{text}");
        let told = misfits.iter().map(ToString::to_string).collect::<String>();
        assert!(told.starts_with("NoCheck in components/a/src/lib.rs:\n@@ -1,"), "{told}");
        assert!(told.contains("+    if !domain::bug!(NoCheck) {\n"), "{told}");
    }

    #[test]
    fn a_change_that_names_no_bug_is_refused() {
        let error = create(Path::new("a.rs"), BEFORE, &BEFORE.replace("rest()", "work()")).unwrap_err();
        assert!(error.to_string().starts_with("this change of a.rs belongs to no bug"), "{error}");
    }
}

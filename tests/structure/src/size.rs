//! How long the files are, and how much of the whole each crate is. Tests are not counted.

use std::collections::BTreeMap;

use crate::{
    Crate,
    source::{Module, shown},
};

/// A file or a crate, and its lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Size {
    /// The file from the root of the repository, or the crate's name.
    pub name: String,
    /// Its lines, without those that are compiled for tests only.
    pub lines: usize,
}

impl Size {
    /// The files of a crate.
    pub fn files(code: &Crate) -> Vec<Self> {
        let lines = |module: &Module| module.lines.len().saturating_sub(module.test_lines);
        let files = code.modules.iter().map(|module| (&module.file, lines(module))).collect::<BTreeMap<_, _>>();
        files.into_iter().map(|(file, lines)| Self { name: shown(file), lines }).collect()
    }
}

/// The largest, the first the largest of all.
pub fn largest(mut sizes: Vec<Size>, count: usize) -> Vec<Size> {
    sizes.sort_by_key(|size| std::cmp::Reverse(size.lines));
    sizes.truncate(count);
    sizes
}

/// How much of all lines the largest has, in percent, rounded down; nothing when there are none.
pub fn share(sizes: &[Size]) -> usize {
    let all = sizes.iter().map(|size| size.lines).sum::<usize>();
    let most = sizes.iter().map(|size| size.lines).max().unwrap_or_default();
    (most * 100).checked_div(all).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn sizes(lines: &[usize]) -> Vec<Size> {
        lines.iter().map(|lines| Size { name: format!("of {lines}"), lines: *lines }).collect()
    }

    #[test]
    fn the_largest_come_first() {
        assert_eq!(largest(sizes(&[3, 9, 5]), 2), sizes(&[9, 5]));
    }

    #[test]
    fn a_share_is_of_all_lines() {
        assert_eq!(share(&sizes(&[25, 25, 50])), 50);
        assert_eq!(share(&[]), 0);
    }

    #[test]
    fn lines_for_tests_are_not_counted() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        let code = Crate::parse(Path::new("lib.rs"), source).unwrap();
        assert_eq!(Size::files(&code), [Size { name: "lib.rs".to_owned(), lines: 1 }]);
    }
}

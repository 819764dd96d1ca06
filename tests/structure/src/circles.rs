//! Finds circles: modules that use each other, straight or by way of others.
//!
//! A child may use what its parent has, or a parent what its child has; both at once is a circle.
//! `mod` and `pub use` are no use: a parent that only declares and re-exports is in no circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::{names::Names, source::Crate};

/// Each circle as a message: a line for every arrow in it, with the line of code that makes it.
pub fn circles(code: &Crate) -> Vec<String> {
    let names = Names::new(code);
    let arrows = code.modules.iter().enumerate().flat_map(|(from, _)| {
        let names = &names;
        names.uses(from).into_iter().rev().map(move |(to, line)| ((from, to), line))
    });
    let arrows = arrows.collect::<BTreeMap<_, _>>();
    let reached = (0..code.modules.len()).map(|from| reach(from, &arrows)).collect::<Vec<_>>();
    let reaches = |from: usize, to: usize| reached.get(from).is_some_and(|others| others.contains(&to));
    let circle = |at: usize| {
        (0..code.modules.len()).filter(|other| reaches(at, *other) && reaches(*other, at)).collect::<Vec<_>>()
    };
    let distinct = (0..code.modules.len()).map(circle).filter(|circle| circle.len() > 1).collect::<BTreeSet<_>>();
    distinct.iter().map(|circle| message(code, circle, &arrows)).collect()
}

fn reach(from: usize, arrows: &BTreeMap<(usize, usize), usize>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        let others = arrows.range((at, 0)..=(at, usize::MAX)).map(|((_, to), _)| *to);
        next.extend(others.filter(|to| reached.insert(*to)));
    }
    reached
}

fn message(code: &Crate, circle: &[usize], arrows: &BTreeMap<(usize, usize), usize>) -> String {
    let inside = arrows.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to));
    let lines = inside.filter_map(|((from, to), line)| {
        let (from, to) = (code.modules.get(*from)?, code.modules.get(*to)?);
        Some(format!("  {} -> {}  ({})", from.name(), to.name(), from.line(*line)))
    });
    let named = circle.iter().filter_map(|at| code.modules.get(*at)).map(super::source::Module::name);
    format!("{}\n{}", named.collect::<Vec<_>>().join(", "), lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn found(source: &str) -> Vec<String> {
        circles(&Crate::parse(Path::new("lib.rs"), source).unwrap())
    }

    #[test]
    fn modules_that_use_each_other_are_a_circle() {
        let found = found("mod a { use crate::b::B; pub struct A; }\nmod b { pub struct B(super::a::A); }");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crate::a, crate::b\n"), "{}", found[0]);
        assert!(found[0].contains("crate::a -> crate::b  (lib.rs:1: mod a { use crate::b::B;"), "{}", found[0]);
        assert!(found[0].contains("crate::b -> crate::a  (lib.rs:2: "), "{}", found[0]);
    }

    #[test]
    fn modules_in_a_row_are_none() {
        assert!(
            found(
                "mod a { use crate::b::B; pub struct A; } mod b { pub struct B(crate::c::C); } mod c { pub struct C; }"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_long_way_round_is_a_circle() {
        let source = "mod a { use crate::b::B; pub struct A; } mod b { pub struct B(crate::c::C); } mod c { pub struct C(crate::a::A); }";
        assert!(found(source)[0].starts_with("crate::a, crate::b, crate::c\n"));
    }

    #[test]
    fn a_child_may_use_its_parent_and_a_parent_its_child() {
        assert!(found("mod a { pub mod b { use super::A; pub struct B; } pub struct A; }").is_empty());
        assert!(found("mod a { mod b { pub struct B; } pub struct A(b::B); }").is_empty());
    }

    #[test]
    fn a_child_and_a_parent_that_use_each_other_are_a_circle() {
        assert_eq!(found("mod a { mod b { use super::A; pub struct B; } pub struct A; struct Two(b::B); }").len(), 1);
        assert_eq!(
            found("mod a { mod b { use super::*; pub struct B; } pub struct A; fn two() -> b::B { b::B } }").len(),
            1
        );
    }

    #[test]
    fn a_re_export_is_no_use_and_leads_to_where_the_item_is() {
        let root = "pub use error::Error; mod error { pub struct Error; } mod a { use crate::Error; }";
        assert!(found(&format!("{root} fn run() {{ a::go(); }}")).is_empty());
        assert_eq!(
            found("pub use b::B; mod a { use crate::B; pub struct A; } mod b { use crate::a::A; pub struct B; }").len(),
            1
        );
    }

    #[test]
    fn a_re_export_that_is_used_where_it_stands_is_a_use() {
        assert_eq!(found("mod a { pub use b::B; pub struct A(B); mod b { use super::A; pub struct B; } }").len(), 1);
    }

    #[test]
    fn a_name_for_a_module_uses_nothing_until_something_is_reached_through_it() {
        let b = "mod b { use super::a; pub struct B; }";
        assert!(found(&format!("mod a {{ use crate::b::B; pub struct A; }} {b}")).is_empty());
        let b = "mod b { use super::a; pub fn b() { a::run() } }";
        assert_eq!(found(&format!("mod a {{ pub fn run() {{ crate::b::b() }} }} {b}")).len(), 1);
    }

    #[test]
    fn paths_in_macros_and_attributes_are_uses() {
        assert_eq!(found("mod a { fn x() { format!(\"{}\", crate::b::B) } pub const A: u8 = 1; } mod b { use super::a::A; pub const B: u8 = 1; }").len(), 1);
        let b = "mod b { pub fn is(_: &crate::a::A) {} }";
        assert_eq!(
            found(&format!("mod a {{ pub struct A {{ #[serde(with = \"crate::b::is\")] a: u8 }} }} {b}")).len(),
            1
        );
    }

    #[test]
    fn tests_may_use_whatever_they_want() {
        assert!(found("mod a { pub struct A; #[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] use crate::b::B; } mod b { use crate::a::A; pub struct B; }").is_empty());
    }

    #[test]
    fn how_far_a_name_is_seen_is_no_use() {
        assert!(found("mod a { pub(super) struct A; } fn run() { a::go() } ").is_empty());
        assert!(found("mod a { pub(in crate::b) struct A; } mod b { use crate::a::A; }").is_empty());
    }
}

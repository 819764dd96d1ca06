//! Finds the module that defines what a path names, through every `use` on the way.

use crate::{
    reading::{Import, Reading, Used, read},
    source::Crate,
};

/// How many names may stand for another name in turn. It ends the search where two stand for each other.
const DEPTH: usize = 16;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    Module(usize),
    /// Something that this module defines.
    Item(usize),
}

/// The names of a crate.
pub(crate) struct Names<'a> {
    code: &'a Crate,
    readings: Vec<Reading>,
}

impl<'a> Names<'a> {
    /// Reads all modules of a crate.
    pub(crate) fn new(code: &'a Crate) -> Self {
        Self { code, readings: code.modules.iter().map(|module| read(&module.items)).collect() }
    }

    /// What a module uses: the other module, and the line that says so.
    ///
    /// A re-export uses nothing, and neither does the name of a module: what is reached through it is what counts.
    pub(crate) fn uses(&self, module: usize) -> Vec<(usize, usize)> {
        let Some(reading) = self.readings.get(module) else { return Vec::new() };
        let brought_in = reading.imports.iter().filter(|import| !import.handed_on);
        brought_in
            .filter_map(|import| self.import(module, import))
            .chain(reading.paths.iter().filter_map(|used| self.path(module, used)))
            .filter(|(other, _)| *other != module)
            .collect()
    }

    fn import(&self, module: usize, import: &Import) -> Option<(usize, usize)> {
        match self.resolve(module, &import.used.path, false, 0) {
            Some(Found::Module(other)) if import.name == "*" => Some((other, import.used.line)),
            Some(Found::Module(_)) => None,
            _ => self.path(module, &import.used),
        }
    }

    fn path(&self, module: usize, used: &Used) -> Option<(usize, usize)> {
        match self.resolve(module, &used.path, false, 0).or_else(|| self.made(module, &used.path, 0))? {
            Found::Item(other) => Some((other, used.line)),
            Found::Module(_) => None,
        }
    }

    /// What a macro makes is in no syntax tree: the module that the rest of the path leads to has it.
    fn made(&self, module: usize, path: &[String], depth: usize) -> Option<Found> {
        let longest = (1..path.len()).rev().find_map(|length| self.resolve(module, path.get(..length)?, true, depth));
        longest.map(|(Found::Module(other) | Found::Item(other))| Found::Item(other))
    }

    fn resolve(&self, module: usize, path: &[String], as_module: bool, depth: usize) -> Option<Found> {
        if depth > DEPTH {
            return None;
        }
        let mut at = module;
        let mut rest = path;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" => at = 0,
                "self" => {}
                "super" => at = self.code.modules.get(at)?.parent,
                _ => break,
            }
            rest = after;
        }
        self.walk(at, rest, as_module, depth)
    }

    fn walk(&self, at: usize, names: &[String], as_module: bool, depth: usize) -> Option<Found> {
        let Some((first, rest)) = names.split_first() else { return Some(Found::Module(at)) };
        let reading = self.readings.get(at)?;
        let through = as_module || !rest.is_empty();
        let defined = reading.defined.contains(first);
        if defined && !through {
            return Some(Found::Item(at));
        }
        if let Some(child) = self.code.child(at, first) {
            return self.walk(child, rest, as_module, depth);
        }
        if defined {
            return Some(Found::Item(at));
        }
        let by_name = reading.imports.iter().filter(|import| import.name == *first).find_map(|import| {
            let path = &import.used.path;
            match self.resolve(at, path, through, depth + 1).or_else(|| self.made(at, path, depth + 1))? {
                Found::Module(module) => self.walk(module, rest, as_module, depth + 1),
                item @ Found::Item(_) => Some(item),
            }
        });
        by_name.or_else(|| self.by_glob(at, reading, names, as_module, depth))
    }

    fn by_glob(&self, at: usize, reading: &Reading, names: &[String], as_module: bool, depth: usize) -> Option<Found> {
        reading.imports.iter().filter(|import| import.name == "*").find_map(|import| {
            match self.resolve(at, &import.used.path, true, depth + 1)? {
                Found::Module(module) if module != at => self.walk(module, names, as_module, depth + 1),
                _ => None,
            }
        })
    }
}

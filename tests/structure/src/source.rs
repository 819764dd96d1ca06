//! A crate as its modules: what each holds, and where that stands.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
};

use syn::{Attribute, Item, ItemMod, Meta, spanned::Spanned};

/// A crate: its modules, the root first. What is only compiled for tests is left out.
pub struct Crate {
    /// Its modules. A parent stands before its children.
    pub modules: Vec<Module>,
    /// Where the children of each stand.
    children: BTreeMap<(usize, String), usize>,
}

/// A module: a file, or a part of one.
pub struct Module {
    /// Its names from the root, which has none.
    pub path: Vec<String>,
    /// Where its parent stands among the crate's modules; the root is its own.
    pub parent: usize,
    /// The file it is in.
    pub file: PathBuf,
    /// What is in it, its child modules left out.
    pub items: Vec<Item>,
    /// The lines of its file, for messages.
    pub lines: Rc<[String]>,
    /// How many of those lines are for tests only.
    pub test_lines: usize,
}

impl Crate {
    /// Reads a crate from its root file, `src/lib.rs` or `src/main.rs`.
    ///
    /// # Errors
    /// A file that is not there, or is not Rust.
    pub fn read(root: &Path) -> Result<Self, String> {
        Self::parse(root, &text(root)?)
    }

    /// Reads a crate whose root file says `source`. Modules it only declares are read from beside the file.
    ///
    /// # Errors
    /// A file that is not there, or is not Rust.
    pub fn parse(root: &Path, source: &str) -> Result<Self, String> {
        let mut read = Self { modules: Vec::new(), children: BTreeMap::new() };
        let beside = root.parent().unwrap_or(root).to_owned();
        read.file(root, source, &beside, Vec::new(), 0)?;
        Ok(read)
    }

    /// Where the child of this name stands.
    pub(crate) fn child(&self, parent: usize, name: &str) -> Option<usize> {
        self.children.get(&(parent, name.to_owned())).copied()
    }

    fn file(
        &mut self,
        file: &Path,
        source: &str,
        beside: &Path,
        path: Vec<String>,
        parent: usize,
    ) -> Result<(), String> {
        let parsed = syn::parse_file(source).map_err(|error| format!("{}: {error}", file.display()))?;
        let lines = source.lines().map(str::to_owned).collect();
        let test_lines = test_lines(&parsed.items);
        self.module(Module { path, parent, file: file.to_owned(), items: parsed.items, lines, test_lines }, beside)
    }

    fn module(&mut self, mut module: Module, beside: &Path) -> Result<(), String> {
        let (children, items) = std::mem::take(&mut module.items)
            .into_iter()
            .filter(|item| !for_tests(attributes(item)))
            .partition::<Vec<_>, _>(|item| matches!(item, Item::Mod(_)));
        let (path, file, lines) = (module.path.clone(), module.file.clone(), Rc::clone(&module.lines));
        let test_lines = module.test_lines;
        module.items = items;
        let parent = self.modules.len();
        if let Some(name) = path.last() {
            self.children.insert((module.parent, name.clone()), parent);
        }
        self.modules.push(module);
        for child in children {
            let Item::Mod(ItemMod { attrs, ident, content, .. }) = child else { continue };
            // A file of another crate: what it uses is that one's.
            if attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
                continue;
            }
            let name = ident.to_string();
            let path = path.iter().cloned().chain([name.clone()]).collect();
            let below = beside.join(&name);
            if let Some((_, items)) = content {
                self.module(
                    Module { path, parent, file: file.clone(), items, lines: Rc::clone(&lines), test_lines },
                    &below,
                )?;
            } else {
                let flat = beside.join(format!("{name}.rs"));
                let file = if flat.exists() { flat } else { below.join("mod.rs") };
                self.file(&file, &text(&file)?, &below, path, parent)?;
            }
        }
        Ok(())
    }
}

impl Module {
    /// Its name in messages.
    pub fn name(&self) -> String {
        std::iter::once("crate").chain(self.path.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
    }

    /// A line of its file, counted from 1, as it is shown.
    pub(crate) fn line(&self, number: usize) -> String {
        let text = self.lines.get(number.saturating_sub(1)).map_or("", |line| line.trim());
        format!("{}:{number}: {text}", shown(&self.file))
    }
}

fn test_lines(items: &[Item]) -> usize {
    let lines = |item: &Item| (item.span().end().line + 1).saturating_sub(item.span().start().line);
    items.iter().filter(|item| for_tests(attributes(item))).map(lines).sum()
}

/// Whether `#[cfg(test)]` stands before it.
pub(crate) fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    })
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A path as messages show it: from the root of the repository.
pub(crate) fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

pub(crate) fn text(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

//! Reads the code of a module for the names it brings in and the paths it uses.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, Path, UseTree, Visibility,
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::source::{attributes, for_tests};

/// What the code of a module says of others.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The names that are defined in it.
    pub(crate) defined: Vec<String>,
    /// The names it brings in.
    pub(crate) imports: Vec<Import>,
    /// The paths in its code.
    pub(crate) paths: Vec<Used>,
}

/// A name that a `use` brings in.
#[derive(Debug)]
pub(crate) struct Import {
    /// The name here; `*` for all names.
    pub(crate) name: String,
    /// Whether it is handed on: `pub use`, `pub(crate) use`.
    pub(crate) handed_on: bool,
    /// What it is the name of.
    pub(crate) used: Used,
}

/// A path, and the line it stands on.
#[derive(Debug)]
pub(crate) struct Used {
    /// Its segments.
    pub(crate) path: Vec<String>,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// Reads the items of a module.
pub(crate) fn read(items: &[Item]) -> Reading {
    let mut reading = Reading { defined: items.iter().filter_map(defined).collect(), ..Reading::default() };
    for item in items {
        reading.visit_item(item);
    }
    reading
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

impl<'ast> Visit<'ast> for Reading {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    /// A module of its own: it is read by itself.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(super)` names a module and uses nothing of it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            let handed_on = !matches!(item.vis, Visibility::Inherited);
            self.tree(&item.tree, &[], handed_on);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let line = path.span().start().line;
            self.paths
                .push(Used { path: path.segments.iter().map(|segment| segment.ident.to_string()).collect(), line });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        visit::visit_macro(self, called);
        self.tokens(called.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

impl Reading {
    fn tree(&mut self, tree: &UseTree, before: &[String], handed_on: bool) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        let (name, path) = match tree {
            UseTree::Path(path) => return self.tree(&path.tree, &with(path.ident.to_string()), handed_on),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.tree(tree, before, handed_on)),
            UseTree::Glob(_) => ("*".to_owned(), before.to_vec()),
            UseTree::Name(name) => import(with(name.ident.to_string()), None),
            UseTree::Rename(rename) => import(with(rename.ident.to_string()), Some(rename.rename.to_string())),
        };
        self.imports.push(Import { name, handed_on, used: Used { path, line: tree.span().start().line } });
    }

    /// Finds paths where no syntax tree says where they are: `a::b` in a macro's input, `"a::b"` in an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut before = String::new();
        for token in tokens {
            let text = match &token {
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    String::new()
                }
                TokenTree::Ident(name) => name.to_string(),
                TokenTree::Punct(punct) => punct.as_char().to_string(),
                TokenTree::Literal(literal) => self.literal(&literal.to_string(), literal.span().start().line),
            };
            if matches!(token, TokenTree::Ident(_)) {
                if before != "::" {
                    self.end(&mut path, line);
                    line = token.span().start().line;
                }
                if before != "." {
                    path.push(text.clone());
                }
            } else if text != ":" {
                self.end(&mut path, line);
            }
            before = if text == ":" && before == ":" { "::".to_owned() } else { text };
        }
        self.end(&mut path, line);
    }

    fn literal(&mut self, literal: &str, line: usize) -> String {
        let inner = literal.trim_matches('"');
        if literal.starts_with('"') && inner.contains("::") && syn::parse_str::<Path>(inner).is_ok() {
            self.paths.push(Used { path: inner.split("::").map(str::to_owned).collect(), line });
        }
        String::new()
    }

    fn end(&mut self, path: &mut Vec<String>, line: usize) {
        if !path.is_empty() {
            self.paths.push(Used { path: std::mem::take(path), line });
        }
    }
}

/// The name a `use` gives, and what it stands for: `a::{self}` is `a`.
fn import(mut path: Vec<String>, renamed: Option<String>) -> (String, Vec<String>) {
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    (renamed.or_else(|| path.last().cloned()).unwrap_or_default(), path)
}

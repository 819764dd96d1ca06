//! The application's variables: what each is called, means and is worth where nobody sets it, and how its value is read.
//!
//! Each is declared once, by what it belongs to. From that follow its place in spin.toml, who is granted it, its line in the operator's
//! documentation, and its reading.

use std::ops::RangeInclusive;

use crate::Secret;

/// What a variable is worth that stands among the hosts which functions may reach, and that nobody set: Spin up to 4.0.2 takes no empty host
/// there. Nobody is ever called so (RFC 2606), and nothing is asked of it: [`Values`] reads it as not set.
pub const UNSET_URL: &str = "https://unset.invalid";

/// A variable of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as in spin.toml.
    pub name: &'static str,
    /// What counts where it is not set, or empty; nothing for one that has to be set.
    pub default: Option<&'static str>,
    /// Whether its value is to be seen by nobody.
    pub secret: bool,
    /// What it is, in a line for the operator.
    pub says: &'static str,
}

impl Setting {
    /// A variable that is worth `default` where it is not set.
    pub const fn new(name: &'static str, default: &'static str, says: &'static str) -> Self {
        Self { name, default: Some(default), secret: false, says }
    }

    /// A variable that is not set where nobody sets it, and that stands among the hosts which functions may reach.
    pub const fn host(name: &'static str, says: &'static str) -> Self {
        Self::new(name, UNSET_URL, says)
    }

    /// A variable that has to be set.
    pub const fn required(name: &'static str, says: &'static str) -> Self {
        Self { name, default: None, secret: false, says }
    }

    /// The same, and its value is a secret.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Its value, as an operator sets it in spin.toml: filled in by the host.
    pub fn template(&self) -> String {
        format!("{{{{ {} }}}}", self.name)
    }
}

/// How many variables there are in these groups.
#[expect(clippy::indexing_slicing, reason = "for constants: the index is below the length")]
pub const fn count(groups: &[&[Setting]]) -> usize {
    let (mut count, mut group) = (0, 0);
    while group < groups.len() {
        (count, group) = (count + groups[group].len(), group + 1);
    }
    count
}

/// The variables of these groups, which are [`count`] in all.
///
/// # Panics
/// When they are not, while the constant is evaluated.
#[expect(clippy::indexing_slicing, reason = "for constants: a wrong count is told when it is built")]
pub const fn concat<const N: usize>(groups: &[&[Setting]]) -> [Setting; N] {
    let mut all = [Setting::new("", "", ""); N];
    let (mut n, mut group) = (0, 0);
    while group < groups.len() {
        let mut of_group = 0;
        while of_group < groups[group].len() {
            all[n] = groups[group][of_group];
            (n, of_group) = (n + 1, of_group + 1);
        }
        group += 1;
    }
    assert!(n == N, "there are fewer variables");
    all
}

/// The names of variables.
#[expect(clippy::indexing_slicing, reason = "for constants: the index is below the length")]
pub const fn names<const N: usize>(settings: &[Setting; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut n = 0;
    while n < N {
        names[n] = settings[n].name;
        n += 1;
    }
    names
}

/// A variable has a value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidVariable(pub String);

impl InvalidVariable {
    /// Says what a variable has to be.
    pub fn new(setting: &Setting, has_to_be: &str) -> Self {
        Self(format!("{} has to be {has_to_be}", setting.name))
    }
}

/// The variables' values. One that is empty, [`UNSET_URL`], or not granted to this component, counts as not set.
#[derive(Clone, Copy)]
pub struct Values<'a>(&'a dyn Fn(&str) -> Option<String>);

impl<'a> Values<'a> {
    /// Reads values by name.
    pub const fn new(value: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(value)
    }

    /// A text, without spaces around it.
    pub fn text(self, setting: &Setting) -> String {
        let value = (self.0)(setting.name).unwrap_or_default();
        let value = value.trim();
        let value = if value.is_empty() { setting.default.unwrap_or_default() } else { value };
        if value.trim_end_matches('/') == UNSET_URL { String::new() } else { value.to_owned() }
    }

    /// A URL that others are made from: without a slash at its end.
    pub fn base(self, setting: &Setting) -> String {
        self.text(setting).trim_end_matches('/').to_owned()
    }

    /// A secret.
    pub fn secret(self, setting: &Setting) -> Secret {
        Secret::new(self.text(setting))
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`InvalidVariable`] when it is none, or not in this range.
    pub fn number(self, setting: &Setting, range: RangeInclusive<u32>) -> Result<u32, InvalidVariable> {
        let number = self.text(setting).parse().ok().filter(|number| range.contains(number));
        let has_to_be = || format!("a whole number from {} to {}", range.start(), range.end());
        number.ok_or_else(|| InvalidVariable::new(setting, &has_to_be()))
    }

    /// A switch.
    ///
    /// # Errors
    /// [`InvalidVariable`] when it is neither `true` nor `false`.
    pub fn switch(self, setting: &Setting) -> Result<bool, InvalidVariable> {
        self.text(setting).parse().map_err(|_| InvalidVariable::new(setting, "true or false"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOUR: Setting = Setting::new("colour", "red", "What is painted with.");
    const COUNT: Setting = Setting::new("count", "3", "How many.");
    const PUBLIC: Setting = Setting::new("public", "false", "Whether it is shown.");
    const KEY: Setting = Setting::required("key", "What opens it.").secret();

    fn with<T>(value: &'static str, read: impl Fn(Values<'_>) -> T) -> T {
        read(Values::new(&|_| Some(value.to_owned())))
    }

    #[test]
    fn what_is_not_set_or_empty_is_worth_its_default() {
        for value in [None, Some(String::new()), Some("  ".to_owned())] {
            let read = |_: &str| value.clone();
            let values = Values::new(&read);
            assert_eq!((values.text(&COLOUR), values.number(&COUNT, 1..=9)), ("red".to_owned(), Ok(3)));
            assert_eq!((values.switch(&PUBLIC), values.secret(&KEY)), (Ok(false), Secret::default()));
        }
    }

    #[test]
    fn what_is_set_is_read_and_what_cannot_be_is_named() {
        assert_eq!(with(" blue ", |values| values.text(&COLOUR)), "blue");
        assert_eq!(with("https://a.example// ", |values| values.base(&COLOUR)), "https://a.example");
        assert_eq!(with("true", |values| values.switch(&PUBLIC)), Ok(true));
        let refused = InvalidVariable("count has to be a whole number from 1 to 9".to_owned());
        for value in ["0", "10", "-1", "many", "1.5", "99999999999999999999"] {
            assert_eq!(with(value, |values| values.number(&COUNT, 1..=9)), Err(refused.clone()), "{value}");
        }
        let refused = InvalidVariable("public has to be true or false".to_owned());
        assert_eq!(with("yes", |values| values.switch(&PUBLIC)), Err(refused));
    }

    #[test]
    fn a_host_that_nobody_set_is_none_and_stands_for_one_in_a_list_of_hosts() {
        const SERVER: Setting = Setting::host("server", "Where it is.");
        assert_eq!(SERVER.default, Some(UNSET_URL));
        for value in ["", "  ", UNSET_URL, "https://unset.invalid/"] {
            assert_eq!(
                with(value, |values| (values.text(&SERVER), values.base(&SERVER))),
                Default::default(),
                "{value}"
            );
        }
        assert_eq!(with("https://set.example/", |values| values.base(&SERVER)), "https://set.example");
    }

    #[test]
    fn groups_are_put_together() {
        const GROUPS: &[&[Setting]] = &[&[COLOUR, COUNT], &[], &[PUBLIC]];
        const ALL: [Setting; count(GROUPS)] = concat(GROUPS);
        assert_eq!((ALL, names(&ALL)), ([COLOUR, COUNT, PUBLIC], ["colour", "count", "public"]));
        assert_eq!(KEY.template(), "{{ key }}");
    }
}

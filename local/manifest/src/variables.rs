//! The values of an application's variables, and of each component's.
//!
//! Everything is resolved once, when the application loads: a required value that is missing stops it there, with
//! its name and how to set it, instead of failing requests later.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};

use crate::manifest::{Declaration, check_name};
use crate::template::Template;

/// What an environment variable's name starts with to set an application's variable, as in Spin.
const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";

/// The values of an application's variables. Any may be a secret, so `Debug` shows none.
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Finds each declared variable's value: in `given`, else in `environment`, else its default.
    ///
    /// # Errors
    /// Names a required variable without a value, or a given one that is not declared. Never shows a value.
    pub fn resolve(
        declared: &BTreeMap<String, Declaration>,
        given: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
            bail!("the variable {name} is given a value, but the manifest's `[variables]` does not have it");
        }
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, declaration) in declared {
            let variable = environment_name(name);
            let value = given.get(name).cloned().or_else(|| environment(&variable)).or(declaration.default.clone());
            match value {
                Some(value) => drop(values.insert(name.clone(), value)),
                None => missing.push(format!("{name} (set {variable}, or give it a value)")),
            }
        }
        if missing.is_empty() {
            Ok(Self(values))
        } else {
            bail!("these variables are required and have no value: {}", missing.join(", "))
        }
    }

    /// A template's text with the values in their places.
    ///
    /// # Errors
    /// The name of a variable that is not declared.
    pub fn fill(&self, template: &Template) -> Result<String> {
        let filled = template.fill(|name| self.0.get(name).map(String::as_str));
        filled.map_err(|name| anyhow::anyhow!("there is no `{name}` in `[variables]`"))
    }
}

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Variables").field(&self.0.keys()).finish()
    }
}

/// What a component sees: its own variables, by its own names.
pub struct ComponentVariables(BTreeMap<String, String>);

/// Why a component is not given a variable.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// No variable can have this name.
    BadName,
    /// The component has no variable of this name in the manifest.
    Undefined,
}

impl ComponentVariables {
    /// Fills a component's templates.
    ///
    /// # Errors
    /// The name of a variable that is not declared.
    pub fn fill(templates: &BTreeMap<String, Template>, variables: &Variables) -> Result<Self> {
        let filled = templates.iter().map(|(name, template)| {
            let value = variables.fill(template).with_context(|| format!("variable {name}"))?;
            Ok((name.clone(), value))
        });
        filled.collect::<Result<_>>().map(Self)
    }

    /// One variable's value.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn get(&self, name: &str) -> Result<&str, Missing> {
        check_name(name).map_err(|_bad| Missing::BadName)?;
        self.0.get(name).map(String::as_str).ok_or(Missing::Undefined)
    }
}

impl std::fmt::Debug for ComponentVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ComponentVariables").field(&self.0.keys()).finish()
    }
}

fn environment_name(name: &str) -> String {
    format!("{ENVIRONMENT_PREFIX}{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> BTreeMap<String, Declaration> {
        let declaration = |default: Option<&str>| Declaration { default: default.map(str::to_owned), secret: false };
        BTreeMap::from([
            ("base_url".to_owned(), declaration(Some("https://default.example"))),
            ("api_token".to_owned(), Declaration { default: None, secret: true }),
        ])
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn nowhere(_name: &str) -> Option<String> {
        None
    }

    #[test]
    fn given_value_beats_environment_and_environment_beats_default() {
        let environment = |name: &str| match name {
            "SPIN_VARIABLE_BASE_URL" => Some("https://environment.example".to_owned()),
            "SPIN_VARIABLE_API_TOKEN" => Some("from-environment".to_owned()),
            _ => None,
        };
        let given = map(&[("api_token", "given")]);
        let values = Variables::resolve(&declared(), &given, environment).unwrap().0;
        assert_eq!(values, map(&[("api_token", "given"), ("base_url", "https://environment.example")]));
    }

    #[test]
    fn default_is_used_when_nobody_gives_a_value() {
        let values = Variables::resolve(&declared(), &map(&[("api_token", "x")]), nowhere).unwrap().0;
        assert_eq!(values["base_url"], "https://default.example");
    }

    #[test]
    fn required_variable_without_a_value_is_named_with_how_to_set_it() {
        let error = Variables::resolve(&declared(), &map(&[]), nowhere).unwrap_err().to_string();
        assert!(error.contains("api_token") && error.contains("SPIN_VARIABLE_API_TOKEN"), "{error}");
    }

    #[test]
    fn value_for_a_variable_that_is_not_declared_is_refused_by_name_without_the_value() {
        let given = map(&[("api_token", "x"), ("api_tokem", "r8_hidden")]);
        let error = Variables::resolve(&declared(), &given, nowhere).unwrap_err().to_string();
        assert!(error.contains("api_tokem") && !error.contains("r8_hidden"), "{error}");
    }

    #[test]
    fn component_sees_only_its_own_names() {
        let variables = Variables::resolve(&declared(), &map(&[("api_token", "t")]), nowhere).unwrap();
        let templates = BTreeMap::from([
            ("authorization".to_owned(), Template::parse("Bearer {{ api_token }}").unwrap()),
            ("fixed".to_owned(), Template::parse("as it is").unwrap()),
        ]);
        let own = ComponentVariables::fill(&templates, &variables).unwrap();
        assert_eq!(own.get("authorization"), Ok("Bearer t"));
        assert_eq!(own.get("fixed"), Ok("as it is"));
        assert_eq!(own.get("api_token"), Err(Missing::Undefined));
        assert_eq!(own.get("Not-A-Name"), Err(Missing::BadName));
    }

    #[test]
    fn debug_shows_no_value() {
        let variables = Variables::resolve(&declared(), &map(&[("api_token", "r8_hidden")]), nowhere).unwrap();
        let templates = BTreeMap::from([("token".to_owned(), Template::parse("{{ api_token }}").unwrap())]);
        let own = ComponentVariables::fill(&templates, &variables).unwrap();
        assert!(!format!("{variables:?} {own:?} {:?}", declared()).contains("hidden"));
    }
}

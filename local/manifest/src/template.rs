//! Text with `{{ name }}` in it, as Spin's manifest has it in variables and allowed hosts.

use std::fmt;

/// A text whose expressions are names of application variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

/// A `{{` that no `}}` closes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a `{{{{` is not closed by `}}}}`")]
pub struct Unclosed;

impl Template {
    /// Parses a text.
    ///
    /// # Errors
    /// [`Unclosed`].
    pub fn parse(text: &str) -> Result<Self, Unclosed> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or(Unclosed)?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The variables it names, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Variable(name) => Some(name.as_str()),
        })
    }

    /// The text with each variable's value in its place.
    ///
    /// # Errors
    /// The name of the first variable that `value` does not know.
    pub fn fill<'a>(&'a self, value: impl Fn(&str) -> Option<&'a str>) -> Result<String, &'a str> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Ok(text.as_str()),
                Part::Variable(name) => value(name).ok_or(name.as_str()),
            })
            .collect()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::Variable(name) => write!(f, "{{{{ {name} }}}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let template = Template::parse(text).map_err(|e| e.to_string())?;
        let value = |name: &str| match name {
            "host" => Some("example.com"),
            "port" => Some("8080"),
            _ => None,
        };
        template.fill(value).map_err(str::to_owned)
    }

    #[test]
    fn text_without_expressions_stays_as_it_is() {
        assert_eq!(filled("plain } text {"), Ok("plain } text {".to_owned()));
        assert_eq!(filled(""), Ok(String::new()));
    }

    #[test]
    fn expressions_are_replaced_with_or_without_blanks() {
        assert_eq!(filled("https://{{host}}:{{ port }}/x"), Ok("https://example.com:8080/x".to_owned()));
        assert_eq!(filled("{{ host }}{{ host }}"), Ok("example.comexample.com".to_owned()));
    }

    #[test]
    fn unknown_variable_is_named() {
        assert_eq!(filled("{{ hots }}"), Err("hots".to_owned()));
    }

    #[test]
    fn unclosed_expression_is_refused() {
        assert_eq!(Template::parse("a {{ b"), Err(Unclosed));
    }
}

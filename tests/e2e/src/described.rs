//! The operations of the API, as its own document has them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::Value;

use crate::{Actor, Answer};

/// Who may ask for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, or who has a link.
    Anyone,
    /// A customer.
    Customer,
    /// The operator.
    Operator,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its own name.
    pub name: String,
    /// Its method.
    pub method: Method,
    /// Its path, with `{name}` for each parameter.
    pub path: String,
    /// Who may ask for it.
    pub access: Access,
    /// An example of what it takes; null where it takes nothing, or bytes.
    pub example: Value,
}

impl Operation {
    /// All that a document describes.
    ///
    /// # Errors
    /// When it is no such document.
    pub fn all(document: &Value) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (path, methods) in document["paths"].as_object().context("the document has no paths")? {
            for (method, operation) in methods.as_object().context("a path has no methods")? {
                let access = match operation.pointer("/security/0") {
                    None => Access::Anyone,
                    Some(security) if security.get("adminToken").is_some() => Access::Operator,
                    Some(_) => Access::Customer,
                };
                let example = operation.pointer("/requestBody/content/application~1json/example");
                all.push(Self {
                    name: operation["operationId"].as_str().context("an operation has no name")?.to_owned(),
                    method: method.to_uppercase().parse()?,
                    path: path.clone(),
                    access,
                    example: example.cloned().unwrap_or_default(),
                });
            }
        }
        Ok(all)
    }

    /// Whether its path names something of somebody's.
    pub fn has_id(&self) -> bool {
        self.path.contains("_id}")
    }

    /// Asks for it, with these values for the parameters of its path and with its example.
    ///
    /// # Errors
    /// When there is no answer, or no value for a parameter.
    pub async fn ask(&self, actor: &Actor, values: &BTreeMap<&str, String>) -> Result<Answer> {
        let body = if self.example.is_null() { Vec::new() } else { self.example.to_string().into_bytes() };
        actor.send(self.method.clone(), &self.path_with(values)?, body).await
    }

    /// Its path with these values.
    ///
    /// # Errors
    /// When there is none for a parameter.
    pub fn path_with(&self, values: &BTreeMap<&str, String>) -> Result<String> {
        let mut path = self.path.clone();
        for (name, value) in values {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        anyhow::ensure!(!path.contains('{'), "{}: there is no value for a parameter of {path}", self.name);
        Ok(path)
    }
}

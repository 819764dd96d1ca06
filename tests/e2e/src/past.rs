//! Time that a test does not wait for: what is stored is made older instead.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::World;

impl World {
    /// Moves a time in every task of this world into the past. Nothing may change a task meanwhile.
    ///
    /// # Errors
    /// When there is no task, or one without it.
    pub async fn age(&self, field: &str, by: Duration) -> Result<()> {
        let stored = self.engines.stored().await?;
        let keys = stored.keys("task:").await?;
        anyhow::ensure!(!keys.is_empty(), "there is no task");
        for key in keys {
            let mut task: Value = serde_json::from_slice(&stored.read(&key).await?)?;
            let found = find(&mut task, field).with_context(|| format!("{key} has no {field}"))?;
            let then = found.as_i64().context("a time")?.saturating_sub(i64::try_from(by.as_millis())?);
            *found = json!(then);
            stored.write(&key, task.to_string().as_bytes()).await?;
        }
        Ok(())
    }
}

/// The first field of this name, at any depth of objects.
pub fn find<'a>(value: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    let object = value.as_object_mut()?;
    if object.contains_key(field) {
        return object.get_mut(field);
    }
    object.values_mut().find_map(|inner| find(inner, field))
}

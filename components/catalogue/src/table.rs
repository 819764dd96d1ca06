//! Tables: a value for every value of one or two parameters.

use serde_json::{Map, Value};

use crate::error::InvalidEntry;
use crate::kind::key;
use crate::parameter::Parameters;

/// The most parameters that a table goes by.
const BY_MAX: usize = 2;

/// A cell of a table for these values; none where there is none.
pub(crate) fn find<'a>(by: &[String], rows: &'a Map<String, Value>, values: &Map<String, Value>) -> Option<&'a Value> {
    let (last, first) = by.split_last()?;
    let mut rows = rows;
    for name in first {
        rows = rows.get(&key(values.get(name)?)?)?.as_object()?;
    }
    rows.get(&key(values.get(last)?)?)
}

/// Makes sure that there is a cell for whatever the parameters can be, no other, and each as it has to be.
pub(crate) fn check(
    by: &[String],
    rows: &Map<String, Value>,
    parameters: &Parameters,
    cell: &dyn Fn(&Value) -> Result<(), String>,
) -> Result<(), InvalidEntry> {
    if by.is_empty() || by.len() > BY_MAX {
        return Err(InvalidEntry::new("by", format!("has to name 1 to {BY_MAX} parameters")));
    }
    let Some((name, rest)) = by.split_first() else { return Ok(()) };
    let parameter =
        parameters.settled(name).map_err(|reason| InvalidEntry::new("by", format!("names `{name}`: {reason}")))?;
    let keys = parameter.kind.keys();
    let keys = keys.ok_or_else(|| InvalidEntry::new("by", format!("names `{name}`, which has no `enum`")))?;
    if let Some(unknown) = rows.keys().find(|row| !keys.contains(row)) {
        return Err(InvalidEntry::new(format!("[{unknown}]"), format!("is no value of `{name}`")));
    }
    for row in keys {
        let Some(found) = rows.get(&row) else {
            return Err(InvalidEntry::new(format!("[{row}]"), "is missing"));
        };
        let fault = |invalid: InvalidEntry| invalid.within(&format!("[{row}]"));
        if rest.is_empty() {
            cell(found).map_err(|reason| fault(InvalidEntry::new("", reason)))?;
        } else {
            let inner = found.as_object();
            let inner = inner
                .ok_or_else(|| fault(InvalidEntry::new("", "has to be an object of the second parameter's values")))?;
            check(rest, inner, parameters, cell).map_err(fault)?;
        }
    }
    Ok(())
}

//! What was erased for a case, by all attempts together.

use serde::{Deserialize, Serialize};

use crate::erase::{Object, Outcome};

/// What became of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// What it is, as a deletion names it.
    pub object: String,
    /// What became of it.
    pub became: Became,
    /// How many there were, where there can be several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// What becomes of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It is gone.
    Deleted,
    /// There was none.
    None,
    /// It remains, for this reason, which says until when.
    Remains(String),
}

/// Adds what another attempt did: what an earlier one deleted stays deleted, and what remained may be gone now.
pub(super) fn add(removed: &mut Vec<Removed>, attempt: &[Removed]) {
    for now in attempt {
        let Some(known) = removed.iter_mut().find(|known| known.object == now.object) else {
            removed.push(now.clone());
            continue;
        };
        if !(known.became == Became::Deleted && now.became == Became::None) {
            known.became.clone_from(&now.became);
        }
        let counts = [known.count, now.count].into_iter().flatten();
        known.count = counts.reduce(usize::saturating_add);
    }
}

impl From<Object> for Removed {
    fn from(Object { name, outcome, count }: Object) -> Self {
        let became = match outcome {
            Outcome::Deleted => Became::Deleted,
            Outcome::None => Became::None,
            Outcome::Remains { reason, .. } => Became::Remains(reason),
        };
        Self { object: name.to_owned(), became, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(object: &str, became: Became, count: Option<usize>) -> Removed {
        Removed { object: object.to_owned(), became, count }
    }

    #[test]
    fn what_several_attempts_did_is_one_story() {
        use Became::{Deleted, None as Nothing, Remains};
        let later = || Remains("later".to_owned());
        let mut removed = Vec::new();
        add(&mut removed, &[one("photos", Deleted, Some(20)), one("results", later(), Some(40))]);
        let second = [one("photos", Nothing, Some(0)), one("results", Deleted, Some(2)), one("weights", Nothing, None)];
        add(&mut removed, &second);
        let told = [one("photos", Deleted, Some(20)), one("results", Deleted, Some(42)), one("weights", Nothing, None)];
        assert_eq!(removed, told);
        add(&mut removed, &[one("results", later(), None)]);
        assert_eq!(removed[1], one("results", later(), Some(42)));
    }
}

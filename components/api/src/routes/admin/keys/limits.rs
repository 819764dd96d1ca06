//! What a key is limited to, as the operator asks for it and is told of it.

use domain::limits::{GRANT_CREDITS_MAX, KEY_CHARACTERS_MAX, KEY_NETWORKS_MAX};
use domain::{Allotment, CharacterId, Credits, KeyBudget, KeyLimits, Network, Scope, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Code, Error, checks};

/// What a key may spend.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeyBudgetAsked")]
pub(crate) struct Budget {
    /// Credits that the tasks it begins in a day, from midnight UTC, may cost together.
    #[schemars(range(min = 1, max = GRANT_CREDITS_MAX))]
    day: Option<u64>,
    /// The same for a calendar month.
    #[schemars(range(min = 1, max = GRANT_CREDITS_MAX))]
    month: Option<u64>,
}

impl Budget {
    /// The budget, of which nothing is used yet; nothing where it has no limit.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`].
    pub(crate) fn checked(&self) -> Result<Option<KeyBudget>, Error> {
        let credits = |amount: Option<u64>| amount.map(|amount| checks::credits(amount, 1)).transpose();
        let (day, month) = (credits(self.day)?, credits(self.month)?);
        Ok((day.is_some() || month.is_some()).then(|| KeyBudget::new(day, month)))
    }
}

/// Checks what else a key is to be limited to.
///
/// # Errors
/// [`Code::InvalidRequest`], which names the field.
pub(crate) fn checked(
    scopes: Option<Vec<Scope>>,
    characters: Option<Vec<CharacterId>>,
    networks: Option<Vec<Network>>,
    ends_at: Option<&str>,
) -> Result<KeyLimits, Error> {
    let invalid = |message: String| Error::new(Code::InvalidRequest, message);
    if scopes.as_ref().is_some_and(|scopes| scopes.is_empty() || scopes.len() > Scope::ALL.len()) {
        return Err(invalid(format!("`scopes`: has to be 1 to {} scopes, or left out", Scope::ALL.len())));
    }
    if characters.as_ref().is_some_and(|all| all.is_empty() || all.len() > KEY_CHARACTERS_MAX) {
        return Err(invalid(format!("`characters`: has to be 1 to {KEY_CHARACTERS_MAX} ids, or left out")));
    }
    if networks.as_ref().is_some_and(|all| all.is_empty() || all.len() > KEY_NETWORKS_MAX) {
        return Err(invalid(format!("`networks`: has to be 1 to {KEY_NETWORKS_MAX} networks, or left out")));
    }
    let ends_at = match ends_at {
        None => None,
        Some(text) => Some(text.parse().map_err(|error| invalid(format!("`ends_at`: {error}")))?),
    };
    Ok(KeyLimits { scopes, characters, networks, ends_at })
}

/// What a key is limited to; what is not there is not limited.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeyLimits")]
pub(crate) struct View {
    /// All that it may be used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Scope>>,
    /// The only characters that it may be used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    characters: Option<Vec<CharacterId>>,
    /// The only networks that it may be used from.
    #[serde(skip_serializing_if = "Option::is_none")]
    networks: Option<Vec<Network>>,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    ends_at: Option<String>,
    /// What it may spend, and has spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetView>,
}

/// What a key may spend, and has spent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeyBudget")]
struct BudgetView {
    /// In a day, from midnight UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Spent>,
    /// In a calendar month.
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<Spent>,
}

/// How much of what may be spent is spent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeySpent")]
struct Spent {
    /// Most credits that its tasks may cost.
    limit: Credits,
    /// What those it began cost, or hold.
    used: Credits,
}

impl View {
    /// What the operator is told of a key.
    pub(crate) fn new(limits: KeyLimits, budget: Option<&KeyBudget>, now: Timestamp) -> Self {
        let spent = |allotment: &Allotment, used: Credits| Spent { limit: allotment.limit, used };
        let budget = budget.map(|KeyBudget { day, month }| BudgetView {
            day: day.as_ref().map(|day| spent(day, day.used_in_day(now))),
            month: month.as_ref().map(|month| spent(month, month.used_in_month(now))),
        });
        let KeyLimits { scopes, characters, networks, ends_at } = limits;
        Self { scopes, characters, networks, ends_at: ends_at.map(|at| at.to_string()), budget }
    }
}

//! What a document is: it stands in the signed header, so that one of a kind never passes for one of another.

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// How a result was made: its recipe.
    Recipe,
    /// What the person on the photos agreed to, as it was told here.
    Consent,
    /// What a deletion removed and what remains: its certificate.
    Deletion,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Recipe, Self::Consent, Self::Deletion];

    /// The type in the header, `typ`.
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Recipe => "likeness-recipe+jwt",
            Self::Consent => "likeness-consent+jwt",
            Self::Deletion => "likeness-deletion+jwt",
        }
    }

    /// The field beside `jws` that has the readable copy, in an answer and in a file.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Recipe => "recipe",
            Self::Consent => "receipt",
            Self::Deletion => "certificate",
        }
    }

    /// The kind of this type; nothing where there is none.
    pub fn of_typ(typ: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.typ() == typ)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_from_the_others() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of_typ(kind.typ()), Some(kind));
        }
        for other in ["", "JWT", "likeness-recipe", "LIKENESS-RECIPE+JWT"] {
            assert_eq!(Kind::of_typ(other), None, "{other}");
        }
    }
}

//! What a model saw on photos.

use serde::{Deserialize, Serialize};

use crate::{Warning, WarningCode};

/// The height of the largest face below which it is small, in percent of the photo's: a head and shoulders have 40, a person from head to foot 10.
const FACE_PERCENT_MIN: u8 = 8;

/// What a model saw on one photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How many faces.
    pub faces: u8,
    /// How high the largest one is, in percent of the photo's height, where the model said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face_percent: Option<u8>,
    /// Whether there are sunglasses in front of it.
    pub sunglasses: bool,
}

impl Seen {
    /// What the owner of photos may want to change, by what a model saw on them.
    pub fn warnings(photos: &[Self]) -> Vec<Warning> {
        let of = |(image, seen): (usize, &Self)| {
            let Self { faces, face_percent, sunglasses } = *seen;
            let is_small = faces > 0 && face_percent.is_some_and(|percent| percent < FACE_PERCENT_MIN);
            let told = [
                (faces == 0, WarningCode::NoFace, "shows no face: replace it by one that does"),
                (
                    faces > 1,
                    WarningCode::SeveralFaces,
                    "shows several faces: cut it to the person it is about, or replace it",
                ),
                (is_small, WarningCode::SmallFace, "shows the face small: cut it to head and shoulders, or replace it"),
                (sunglasses && faces > 0, WarningCode::Sunglasses, "hides the eyes behind sunglasses: replace it"),
            ];
            told.into_iter().filter(|(is_so, ..)| *is_so).map(move |(_, code, message)| Warning {
                image,
                code,
                message: format!("Photo {image} {message}."),
            })
        };
        (1_usize..).zip(photos).flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_photo_is_told_what_is_wrong_with_it() {
        let seen = |faces, face_percent, sunglasses| Seen { faces, face_percent, sunglasses };
        let photos = [
            seen(1, Some(40), false),
            seen(0, None, true),
            seen(3, Some(7), true),
            seen(1, None, false),
            seen(1, Some(FACE_PERCENT_MIN), false),
        ];
        let told: Vec<_> = Seen::warnings(&photos).iter().map(|warning| (warning.image, warning.code)).collect();
        let expected = [
            (2, WarningCode::NoFace),
            (3, WarningCode::SeveralFaces),
            (3, WarningCode::SmallFace),
            (3, WarningCode::Sunglasses),
        ];
        assert_eq!(told, expected);
    }
}

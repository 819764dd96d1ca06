//! What is wrong with a set of photos, and what its owner should change.

use std::fmt;

use domain::limits::PHOTOS_MAX;
use media::photo::SHORT_SIDE_MIN_PX;
use strum::IntoStaticStr;

use crate::look::Look;
use crate::picture::{BORDER, MIRRORED, Picture};

/// The sharpness below which a photo is blurred. Fine portraits have 1,100 and more, and 250 where a photo is so dark that its greys are coarse.
/// Blurred by 1 % of their short side (a Gaussian's sigma) they have 85 at most, saved at quality 30 or not; by half of that, 145.
const SHARPNESS_MIN: u32 = 150;
/// The luma that the lightest parts of a photo have to reach: a quarter of full. A launch at night reaches 104, portraits 160 and more.
const BRIGHT_MIN: u8 = 64;
/// The luma that the darkest parts of a photo may have: fog has 120. Hair and shadows have less than 30.
const DARK_MAX: u8 = 160;
/// How much of a photo's middle may be burnt out, in percent: fine portraits have 14 at most, the same taken three times as long 32 and more.
const BURNT_MAX: u8 = 30;
/// From this luma on a cell of the border is white. Where most cells are, so is the wall, and nothing is said of what is burnt out.
const WHITE_MIN: u8 = 245;
/// The most bits of 64 that differ in photos that show nearly the same. Scaled, saved at quality 30 or darkened it is 6 at most, mirrored
/// or cut by 2 % it is 8; between different photos of one session 10 and more, of unlike things 14.
const ALIKE_BITS_MAX: u32 = 8;
/// How far apart the borders of photos with the same background are at most, in steps of luma, cell by cell. Of different places it is
/// 20 and more, and of any two that are all dark, 10.
const BACKGROUND_MAX: u32 = 9;
/// The least photos that can have the same background for anything to be said: fewer are soon replaced.
const BACKGROUND_PHOTOS_MIN: usize = 4;

/// What is wrong with a photo. By its name in snake case it is told to programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Flaw {
    /// Nothing in it is sharp.
    Blurred,
    /// Even its lightest parts are dark.
    TooDark,
    /// Even its darkest parts are light.
    TooBright,
    /// It shows nearly what an earlier photo shows, or that in a mirror.
    NearDuplicate {
        /// Which photo of the set, from 0.
        of: usize,
    },
    /// Most photos of the set have its background.
    SameBackground {
        /// How many have it, this one included and near duplicates not.
        photos: usize,
    },
    /// It is turned or mirrored only when it is shown.
    NotUpright,
    /// Its short side has less than [`SHORT_SIDE_MIN_PX`] pixels.
    Small,
    /// It tells where it was taken.
    Gps,
    /// It is too large to be looked at, or of a kind that is not.
    NotLookedAt,
}

/// Something wrong with one photo of a set. Displayed, it is a sentence for the owner, who counts photos from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Which photo of the set, from 0.
    pub photo: usize,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a set of photos, of which those are nothing that were not looked at. Of a set with more than [`PHOTOS_MAX`], only the
/// first ones are judged.
pub fn findings(looks: &[Option<Look>]) -> Vec<Finding> {
    let looks = looks.iter().take(PHOTOS_MAX).enumerate();
    let mut found = Vec::new();
    // Photos that differ, the ones that the others are compared with.
    let mut distinct = Vec::<(usize, Picture)>::new();
    for (photo, look) in looks {
        let mut add = |flaw| found.push(Finding { photo, flaw });
        if let Some(look) = look {
            of_file(look).for_each(&mut add);
        }
        let Some(picture) = look.and_then(|look| look.picture) else {
            add(Flaw::NotLookedAt);
            continue;
        };
        of_picture(&picture).for_each(&mut add);
        match distinct.iter().find(|(_, other)| are_alike(picture.hash, other.hash)) {
            Some((of, _)) => add(Flaw::NearDuplicate { of: *of }),
            None => distinct.push((photo, picture)),
        }
    }
    found.extend(same_background(&distinct));
    found
}

/// What is wrong with the file.
fn of_file(look: &Look) -> impl Iterator<Item = Flaw> {
    let small = (look.width.min(look.height) < SHORT_SIDE_MIN_PX).then_some(Flaw::Small);
    let turned = (!look.is_upright).then_some(Flaw::NotUpright);
    let place = look.has_place.then_some(Flaw::Gps);
    [small, turned, place].into_iter().flatten()
}

/// What is wrong with the picture, looked at alone.
fn of_picture(picture: &Picture) -> impl Iterator<Item = Flaw> {
    let blurred = (picture.sharpness < SHARPNESS_MIN).then_some(Flaw::Blurred);
    let dark = (picture.bright < BRIGHT_MIN).then_some(Flaw::TooDark);
    let white = picture.border.iter().filter(|luma| **luma >= WHITE_MIN).count();
    let is_burnt = picture.burnt > BURNT_MAX && white < BORDER / 2;
    let bright = (picture.dark > DARK_MAX || is_burnt).then_some(Flaw::TooBright);
    [blurred, dark, bright].into_iter().flatten()
}

/// Whether pictures show nearly the same, or would in a mirror.
fn are_alike(one: u64, other: u64) -> bool {
    [0, MIRRORED].into_iter().any(|mask| (one ^ other ^ mask).count_ones() <= ALIKE_BITS_MAX)
}

/// The background that more than two thirds of different photos have, told of the first of them.
fn same_background(distinct: &[(usize, Picture)]) -> Option<Finding> {
    let alike =
        |picture: &Picture| distinct.iter().filter(|(_, other)| distance(picture, other) <= BACKGROUND_MAX).count();
    let counted = distinct.iter().map(|(photo, picture)| (*photo, alike(picture)));
    let (photo, photos) = counted.rev().max_by_key(|(_, photos)| *photos)?;
    let is_most = photos >= BACKGROUND_PHOTOS_MIN && photos.saturating_mul(3) > distinct.len().saturating_mul(2);
    is_most.then_some(Finding { photo, flaw: Flaw::SameBackground { photos } })
}

/// How far apart two borders are, in steps of luma: the mean over their cells.
fn distance(one: &Picture, other: &Picture) -> u32 {
    let cells = one.border.iter().zip(&other.border);
    let sum = cells.map(|(one, other)| u32::from(one.abs_diff(*other))).sum::<u32>();
    sum.checked_div(u32::try_from(BORDER).unwrap_or(1)).unwrap_or_default()
}

impl Flaw {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let photo = self.photo.saturating_add(1);
        match self.flaw {
            Flaw::Blurred => write!(f, "Photo {photo} is blurred: replace it by a sharp one."),
            Flaw::TooDark => write!(f, "Photo {photo} is too dark: replace it by one that was taken in more light."),
            Flaw::TooBright => {
                write!(f, "Photo {photo} is too bright: replace it by one that was exposed for less time.")
            }
            Flaw::NearDuplicate { of } => {
                let of = of.saturating_add(1);
                write!(
                    f,
                    "Photo {photo} shows nearly the same as photo {of}: replace one of them by a different photo."
                )
            }
            Flaw::SameBackground { photos } => write!(
                f,
                "{photos} photos have the same background as photo {photo}, itself counted: add photos that were taken elsewhere."
            ),
            Flaw::NotUpright => {
                write!(
                    f,
                    "Photo {photo} is stored turned or mirrored: before a training it is turned here, and at least 1,024 pixels of its short side stay; turn it yourself to keep more."
                )
            }
            Flaw::Small => write!(
                f,
                "Photo {photo} has a side of less than {SHORT_SIDE_MIN_PX} pixels: replace it by a larger one."
            ),
            Flaw::Gps => {
                write!(f, "Photo {photo} tells where it was taken: remove the place before you share it elsewhere.")
            }
            Flaw::NotLookedAt => {
                write!(
                    f,
                    "Photo {photo} was not looked at, being too large or of a rare kind: see yourself that it is good."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;

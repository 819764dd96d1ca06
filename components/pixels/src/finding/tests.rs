use super::*;

/// A photo with nothing wrong, unlike those with other numbers.
fn fine(number: u8) -> Look {
    let hash = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let border = [number.wrapping_mul(40); BORDER];
    let picture = Picture { sharpness: 2_000, dark: 10, bright: 200, burnt: 0, hash, border };
    Look { width: 800, height: 600, is_upright: true, has_place: false, picture: Some(picture) }
}

/// What is found where this is changed of a fine photo.
fn flaws(change: impl Fn(&mut Look, &mut Picture)) -> Vec<&'static str> {
    let mut look = fine(1);
    let mut picture = look.picture.unwrap();
    change(&mut look, &mut picture);
    look.picture = look.picture.map(|_| picture);
    findings(&[Some(fine(2)), Some(look)])
        .into_iter()
        .map(|found| {
            assert_eq!(found.photo, 1);
            found.flaw.as_str()
        })
        .collect()
}

#[test]
fn each_flaw_is_found_alone() {
    assert!(flaws(|_, _| {}).is_empty());
    assert_eq!(flaws(|_, picture| picture.sharpness = SHARPNESS_MIN - 1), ["blurred"]);
    assert_eq!(flaws(|_, picture| picture.bright = BRIGHT_MIN - 1), ["too_dark"]);
    assert_eq!(flaws(|_, picture| picture.dark = DARK_MAX + 1), ["too_bright"]);
    assert_eq!(flaws(|_, picture| picture.burnt = BURNT_MAX + 1), ["too_bright"]);
    assert_eq!(flaws(|_, picture| picture.hash = fine(2).picture.unwrap().hash ^ 0xff), ["near_duplicate"]);
    assert_eq!(flaws(|_, picture| picture.hash = fine(2).picture.unwrap().hash ^ MIRRORED), ["near_duplicate"]);
    assert_eq!(flaws(|look, _| look.is_upright = false), ["not_upright"]);
    assert_eq!(flaws(|look, _| look.height = SHORT_SIDE_MIN_PX - 1), ["small"]);
    assert_eq!(flaws(|look, _| look.has_place = true), ["gps"]);
    assert_eq!(flaws(|look, _| look.picture = None), ["not_looked_at"]);
}

#[test]
fn a_person_before_a_white_wall_is_not_too_bright() {
    assert!(flaws(|_, picture| (picture.burnt, picture.border) = (60, [255; BORDER])).is_empty());
}

#[test]
fn what_was_not_looked_at_is_said_and_compared_with_nothing() {
    let not = Finding { photo: 0, flaw: Flaw::NotLookedAt };
    assert_eq!(findings(&[None, Some(fine(1)), Some(fine(2))]), [not]);
}

#[test]
fn near_duplicates_name_the_first_of_them() {
    let same = [Some(fine(3)), Some(fine(1)), Some(fine(1)), Some(fine(1))];
    let of = |photo| Finding { photo, flaw: Flaw::NearDuplicate { of: 1 } };
    assert_eq!(findings(&same), [of(2), of(3)]);
    assert_eq!(
        of(2).to_string(),
        "Photo 3 shows nearly the same as photo 2: replace one of them by a different photo."
    );
}

#[test]
fn most_photos_of_one_background_are_one_finding() {
    let before = |number: u8, border: u8| {
        let mut look = fine(number);
        look.picture = look.picture.map(|picture| Picture { border: [border; BORDER], ..picture });
        Some(look)
    };
    let five = [before(1, 200), before(2, 103), before(3, 100), before(4, 97), before(5, 94)];
    let found = Finding { photo: 1, flaw: Flaw::SameBackground { photos: 4 } };
    assert_eq!(findings(&five), [found]);
    assert!(found.to_string().starts_with("4 photos have the same background as photo 2"));
    // Four of six are not most of them, and three are soon replaced.
    assert!(findings(&[&five[..], &[before(6, 0)]].concat()).is_empty());
    assert!(findings(&five[2..]).is_empty());
    // Duplicates have the background of the first anyway.
    let twice = [&five[1..3], &five[1..3]].concat();
    assert!(findings(&twice).iter().all(|found| matches!(found.flaw, Flaw::NearDuplicate { .. })));
}

#[test]
fn every_finding_is_a_sentence() {
    let flaws = [
        Flaw::Blurred,
        Flaw::TooDark,
        Flaw::TooBright,
        Flaw::NearDuplicate { of: 0 },
        Flaw::SameBackground { photos: 4 },
        Flaw::NotUpright,
        Flaw::Small,
        Flaw::Gps,
        Flaw::NotLookedAt,
    ];
    for flaw in flaws {
        let sentence = Finding { photo: 6, flaw }.to_string();
        assert!(sentence.contains("hoto 7") && sentence.contains(": ") && sentence.ends_with('.'), "{sentence}");
    }
}

#[test]
fn of_too_many_photos_the_first_are_judged() {
    assert_eq!(findings(&[None; PHOTOS_MAX + 5]).len(), PHOTOS_MAX);
}

//! Pictures of a deployment that has a certificate.

use domain::MediaKind;

use super::*;

fn pem(name: &str) -> String {
    String::from_utf8(fixture(&format!("c2pa/{name}.pem"))).unwrap()
}

fn signing(more: &[(&str, &str)]) -> World {
    let (certificate, key) = (pem("certificate"), pem("key"));
    world(&[&[("c2pa_certificate", certificate.as_str()), ("c2pa_key", &key)], more].concat())
}

fn manifest_of(file: &[u8], start: u32, length: u32) -> (Content, Vec<u8>) {
    let (from, to) = (start as usize, (start + length) as usize);
    let sha256 = Digest::of([&file[..from], &file[to..]].concat());
    (Content { start, length, sha256 }, file[from..to].to_vec())
}

fn find(file: &[u8], part: &[u8]) -> Option<usize> {
    file.windows(part.len()).position(|window| window == part)
}

#[test]
fn a_picture_has_a_manifest_that_says_what_the_rest_of_it_hashes_to() {
    for (name, media) in PICTURES {
        let (made, world) = (photo(name), signing(&[]));
        let credential = credential(&world).unwrap().unwrap();
        let bytes = credential.manifest(&Content::nothing()).len();
        let wrapped = bytes + if media == Media::Webp { 8 } else { 12 };
        for is_measured in [true, false] {
            for _ in 0..2 {
                if is_measured { world.answers(200, &made) } else { world.answers_unmeasured(&made) }
            }
            let file = copied(&world);
            assert_eq!((file.media, file.size_bytes as usize), (media, marked(&made).len() + wrapped), "{name}");
            let kept = stored(&world, key(), file.size_bytes);
            assert_eq!(file.sha256, Some(Digest::of(&kept)));
            let start = find(&kept, b"jumb").unwrap() - if media == Media::Jpeg { 16 } else { 12 };
            let (content, there) = manifest_of(&kept, u32::try_from(start).unwrap(), u32::try_from(wrapped).unwrap());
            assert!(find(&there, &credential.manifest(&content)).is_some(), "{name}");
        }
        assert_eq!(world.asked(), 4, "each is fetched twice");
    }
}

#[test]
fn a_bucket_is_told_how_large_a_signed_picture_is() {
    let bucket = [
        ("s3_endpoint", "https://s3.example.com"),
        ("s3_bucket", "likeness"),
        ("s3_access_key_id", "an id"),
        ("s3_secret_access_key", "a secret"),
    ];
    for (name, _) in PICTURES {
        let (made, world) = (photo(name), signing(&bucket));
        world.answers(200, &made);
        world.answers(200, &made);
        world.answers_unmeasured(&made);
        world.answers_unmeasured(&made);
        let [one, other] = [kept(&world, MADE), kept(&world, MADE)];
        assert_eq!((one.location, one.metadata.1.clone()), (BlobLocation::Bucket, other.metadata.1));
        assert_eq!(world.asked(), 4, "a size that is not told is known from the first time");
        assert_eq!(world.uploaded()[0], world.uploaded()[1]);
        assert_eq!(Digest::of(&world.uploaded()[0]), one.metadata.1);
    }
}

#[test]
fn a_picture_that_is_another_one_the_second_time_is_to_be_fetched_again() {
    for (name, _) in PICTURES {
        let (made, world) = (photo(name), signing(&[]));
        let mut other = made.clone();
        let last = other.len() - 100;
        other[last] ^= 1;
        world.answers(200, &made);
        world.answers(200, &other);
        let refused = run(keep_media(&world, &|_| true, key(), MADE, MediaKind::Image)).unwrap_err();
        assert!(matches!(refused, DownloadError::Transient(_)), "{refused:?}");
        // One that breaks off the first time is not stored at all.
        world.answers(200, &made[..made.len() / 2]);
        world.answers(200, &made);
        assert!(run(keep_media(&world, &|_| true, key(), MADE, MediaKind::Image)).is_err());
    }
}

#[test]
fn what_came_with_the_report_is_signed_and_what_is_no_picture_is_fetched_once() {
    let small = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";
    let world = signing(&[]);
    let file = kept(&world, small);
    assert!(find(&stored(&world, key(), file.size_bytes), b"caBX").is_some());

    let film = fixture("media/video.mp4");
    world.answers(200, &film);
    let file = run(keep_media(&world, &|_| true, key(), MADE, MediaKind::Video)).unwrap();
    assert_eq!((file.size_bytes as usize, world.asked()), (film.len(), 1));
    // Nor is what was to be a picture and is none changed.
    world.answers(200, &film);
    world.answers(200, &film);
    assert_eq!(kept(&world, MADE).size_bytes as usize, film.len());
}

#[test]
fn nothing_goes_out_unsigned_where_the_certificate_cannot_be_used() {
    let certificate = pem("certificate");
    let world = world(&[("c2pa_certificate", certificate.as_str())]);
    world.answers(200, photo("portrait-04.png"));
    let refused = run(keep_media(&world, &|_| true, key(), MADE, MediaKind::Image)).unwrap_err();
    let DownloadError::Transient(reason) = refused else { panic!("{refused:?}") };
    assert!(reason.starts_with("cannot be signed: c2pa_key has to be"), "{reason}");
    assert_eq!(world.asked(), 0);
}

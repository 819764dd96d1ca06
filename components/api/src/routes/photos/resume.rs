//! What was seen of photos, on its way to the caller and back: not signed, for whoever changes it only misleads themselves.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Digest;
use lifecycle::looks::Looked;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Code, Error};

/// The longest of them, in characters: 30 photos have 11,000.
pub(super) const RESUME_CHARS_MAX: usize = 16_384;

/// Photos that were looked at, and which they are.
#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    urls: Digest,
    looked: Vec<Looked>,
}

/// Writes what was seen of the first of these photos.
pub(super) fn write(looked: &[Looked], urls: &[Url]) -> String {
    let seen = Seen { urls: digest(urls, looked.len()), looked: looked.to_vec() };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&seen).unwrap_or_default())
}

/// Reads what [`write()`] wrote, for the same photos.
///
/// # Errors
/// [`Code::InvalidRequest`] where it is something else, or of other photos.
pub(super) fn read(text: &str, urls: &[Url]) -> Result<Vec<Looked>, Error> {
    let short = Some(text).filter(|text| text.len() <= RESUME_CHARS_MAX);
    let json = short.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let seen = json.and_then(|json| serde_json::from_slice::<Seen>(&json).ok());
    let seen = seen.filter(|seen| seen.looked.len() <= urls.len() && seen.urls == digest(urls, seen.looked.len()));
    seen.map(|seen| seen.looked).ok_or_else(|| {
        let message = "`resume`: is not what the answer before said of these photos; leave it out to begin anew";
        Error::new(Code::InvalidRequest, message)
    })
}

fn digest(urls: &[Url], count: usize) -> Digest {
    Digest::of_lines(urls.iter().take(count).map(Url::as_str))
}

#[cfg(test)]
mod tests {
    use domain::limits::PHOTOS_MAX;
    use pixels::{Look, Picture};

    use super::*;

    fn urls(name: &str) -> Vec<Url> {
        (0..PHOTOS_MAX).map(|n| format!("https://example.com/{name}{n}.jpg").parse().unwrap()).collect()
    }

    fn look() -> Looked {
        let border = [u8::MAX; 18];
        let picture = Picture { sharpness: u32::MAX, dark: 255, bright: 255, burnt: 100, hash: u64::MAX, border };
        let look =
            Look { width: u32::MAX, height: u32::MAX, is_upright: false, has_place: false, picture: Some(picture) };
        Looked { look, bytes: (u32::MAX, u32::MAX) }
    }

    #[test]
    fn what_was_seen_comes_back_for_the_same_photos_and_for_no_others() {
        let (photos, mut others) = (urls("a"), urls("a"));
        let text = write(&[look(), look()], &photos);
        assert_eq!(read(&text, &photos).unwrap(), [look(), look()]);
        others.swap(2, 3);
        assert!(read(&text, &others).is_ok(), "these were not looked at yet");
        others.swap(1, 2);
        for (text, photos) in [(&text, &others), (&text, &urls("b")), (&text[1..].to_owned(), &photos)] {
            assert_eq!(read(text, photos).unwrap_err().code, Code::InvalidRequest);
        }
        for other in ["", "e30", "%", &"A".repeat(RESUME_CHARS_MAX + 1)] {
            assert_eq!(read(other, &photos).unwrap_err().code, Code::InvalidRequest);
        }
    }

    #[test]
    fn a_whole_set_is_short_enough() {
        let photos = urls("a");
        assert!(write(&[look(); PHOTOS_MAX], &photos).len() <= RESUME_CHARS_MAX);
    }
}

//! Callbacks that are opened by a token: what says so is nothing but that the sender knows it.

use domain::Secret;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::invalid_signature::{InvalidSignature, single};

/// Checks that a callback carries `Authorization: Bearer` and this token.
///
/// # Errors
/// [`InvalidSignature::NoSecret`] when no token was configured, and the first reason to refuse the callback.
pub fn verify(token: &Secret, headers: &HeaderMap) -> Result<(), InvalidSignature> {
    let value = single(headers, AUTHORIZATION.as_str())?;
    if token.is_empty() {
        return Err(InvalidSignature::NoSecret);
    }
    let shown = value.strip_prefix("Bearer ").ok_or(InvalidSignature::NoMatchingSignature)?;
    if token.is_known_by(shown) { Ok(()) } else { Err(InvalidSignature::NoMatchingSignature) }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn with(value: &str) -> Result<(), InvalidSignature> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).unwrap())]);
        verify(&Secret::new("sesame sesame"), &headers)
    }

    #[test]
    fn only_the_token_opens() {
        assert_eq!(with("Bearer sesame sesame"), Ok(()));
        for other in ["", "sesame sesame", "bearer sesame sesame", "Bearer ", "Bearer sesame", "Bearer sesame sesame "]
        {
            assert_eq!(with(other), Err(InvalidSignature::NoMatchingSignature), "{other:?}");
        }
    }

    #[test]
    fn the_header_has_to_be_there_once_and_a_token_configured() {
        assert_eq!(
            verify(&Secret::new("sesame"), &HeaderMap::new()),
            Err(InvalidSignature::MissingHeader("authorization"))
        );
        let mut headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer "))]);
        assert_eq!(verify(&Secret::default(), &headers), Err(InvalidSignature::NoSecret));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer sesame"));
        assert_eq!(verify(&Secret::new("sesame"), &headers), Err(InvalidSignature::RepeatedHeader("authorization")));
    }
}

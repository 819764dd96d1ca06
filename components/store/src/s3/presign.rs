//! Version 4 of AWS's signatures, in the URL: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::time::Duration;

use domain::{Secret, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What AWS calls unreserved stands for itself in a query.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In a path, so does what parts it.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// A key, and what it is for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Access {
    /// The key's id.
    pub(super) key_id: String,
    /// The key.
    pub(super) secret: Secret,
    /// The region of what it opens.
    pub(super) region: String,
}

/// What is to be allowed to whoever has the URL.
pub(super) struct Grant<'a> {
    /// What may be done.
    pub(super) method: &'a str,
    /// With what: the path, not encoded.
    pub(super) path: &'a str,
    /// One more parameter, whose name sorts behind those of the signature.
    pub(super) parameter: Option<(&'a str, &'a str)>,
    /// For how long.
    pub(super) lifetime: Duration,
}

impl Access {
    /// The path and the query of a URL at this host, as it stands in the header `Host`, that grants this from now on.
    pub(super) fn presign(&self, host: &str, grant: &Grant<'_>, now: Timestamp) -> String {
        let time = now.to_compact();
        let date = time.split('T').next().unwrap_or_default();
        let scope = format!("{date}/{}/s3/aws4_request", self.region);
        let path = utf8_percent_encode(grant.path, PATH);
        let mut query = format!(
            "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={}&X-Amz-Date={time}&X-Amz-Expires={}&X-Amz-SignedHeaders=host",
            utf8_percent_encode(&format!("{}/{scope}", self.key_id), QUERY),
            grant.lifetime.as_secs(),
        );
        if let Some((name, value)) = grant.parameter {
            query = format!("{query}&{name}={}", utf8_percent_encode(value, QUERY));
        }
        let request = format!("{}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD", grant.method);
        let asked = hex::encode(Sha256::digest(request));
        let first = format!("AWS4{}", self.secret.expose());
        let key =
            [date, &self.region, "s3", "aws4_request"].iter().fold(first.into_bytes(), |key, part| mac(&key, part));
        let signature = hex::encode(mac(&key, &format!("{ALGORITHM}\n{time}\n{scope}\n{asked}")));
        format!("{path}?{query}&X-Amz-Signature={signature}")
    }
}

/// HMAC takes keys of any length, so that there always is one.
fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec());
    mac.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in AWS's own document.
    #[test]
    fn a_url_is_signed_as_aws_says() {
        let access = Access {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1".to_owned(),
        };
        let lifetime = Duration::from_hours(24);
        let grant = Grant { method: "GET", path: "/test.txt", parameter: None, lifetime };
        let url = access.presign("examplebucket.s3.amazonaws.com", &grant, Timestamp::from_millis(1_369_353_600_000));
        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert_eq!(
            url,
            format!(
                "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F\
                 aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
            )
        );
    }
}

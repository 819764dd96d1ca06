//! S3 and what speaks its language (R2, `MinIO`, Garage), sans-IO: requests for a bucket's objects, signed in their URLs.
//!
//! A signed URL is as good as a key for what it names, as long as it is good: none is ever logged. Our own are good
//! for five minutes, a caller's for as long as the picture.

mod presign;

use std::fmt;
use std::time::Duration;

use domain::setting::Values;
use domain::{Secret, Setting, Timestamp};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use http::{Method, Request};
use presign::{Access, Grant};
use url::Url;

use crate::BlobKey;

/// How long after its signing a request of ours may begin.
const REQUEST_LIFETIME: Duration = Duration::from_mins(5);
/// Longest lifetime of a signed URL that S3 takes.
const LINK_LIFETIME_MAX: Duration = Duration::from_hours(7 * 24);

/// Where the bucket's server is; nothing for blobs in the store.
pub const ENDPOINT: Setting = Setting::host(
    "s3_endpoint",
    "keeps photos and pictures in a bucket of S3 or what speaks its language (R2, MinIO, Garage), `http(s)://host[:port]`, instead of the store",
);
const BUCKET: Setting = Setting::new("s3_bucket", "", "the bucket, private");
const REGION: Setting = Setting::new("s3_region", "us-east-1", "its region, where the server has regions");
const ACCESS_KEY_ID: Setting = Setting::new(
    "s3_access_key_id",
    "",
    "the id of a key that may get, put and delete the bucket's objects, and nothing else",
);
const SECRET_ACCESS_KEY: Setting = Setting::new("s3_secret_access_key", "", "what belongs to that id").secret();
/// What it takes to use the bucket.
pub const SETTINGS: &[Setting] = &[ENDPOINT, BUCKET, REGION, ACCESS_KEY_ID, SECRET_ACCESS_KEY];
/// Whether callers are sent there.
pub const REDIRECT: Setting = Setting::new(
    "s3_redirect",
    "true",
    "sends callers to the bucket for their pictures, under signed URLs that end after an hour; `false` where callers cannot reach it",
);

/// Which bucket, and the right to use it, as configured: nothing is checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `http(s)://host[:port]`.
    pub endpoint: String,
    /// The bucket's name.
    pub bucket: String,
    /// Its region; servers that have none take any.
    pub region: String,
    /// Whose right it is.
    pub access_key_id: String,
    /// What proves it.
    pub secret_access_key: Secret,
}

impl Settings {
    /// What is configured; nothing where blobs are kept in the store.
    pub fn read(values: Values<'_>) -> Option<Self> {
        let endpoint = values.base(&ENDPOINT);
        (!endpoint.is_empty()).then(|| Self {
            endpoint,
            bucket: values.text(&BUCKET),
            region: values.text(&REGION),
            access_key_id: values.text(&ACCESS_KEY_ID),
            secret_access_key: values.secret(&SECRET_ACCESS_KEY),
        })
    }
}

/// A bucket and the right to use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    /// `http(s)://host[:port]`.
    origin: String,
    /// What stands in the header `Host`.
    host: String,
    name: String,
    access: Access,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({} at {})", self.name, self.origin)
    }
}

/// Why there is no such bucket: the settings that have to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// The endpoint is not the URL of a host.
    #[error("s3_endpoint has to be http(s)://host[:port], without a path")]
    Endpoint,
    /// The name is not one of a bucket.
    #[error("s3_bucket has to be 3 to 63 lower-case letters, digits, dots and hyphens")]
    Name,
    /// There is no region, no key id or no secret.
    #[error("s3_region, s3_access_key_id and s3_secret_access_key have to be set as well")]
    Access,
}

impl Bucket {
    /// The bucket of these settings.
    ///
    /// # Errors
    /// Which of them has to be changed.
    pub fn new(settings: &Settings) -> Result<Self, InvalidSettings> {
        let Settings { endpoint, bucket: name, region, access_key_id, secret_access_key } = settings;
        let endpoint = Url::parse(endpoint).map_err(|_| InvalidSettings::Endpoint)?;
        let bare = endpoint.path() == "/" && endpoint.query().is_none() && endpoint.username().is_empty();
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        if !bare {
            return Err(InvalidSettings::Endpoint);
        }
        if !(3..=63).contains(&name.len()) || !name.bytes().all(letter) || name.starts_with('.') {
            return Err(InvalidSettings::Name);
        }
        if region.is_empty() || access_key_id.is_empty() || secret_access_key.is_empty() {
            return Err(InvalidSettings::Access);
        }
        let host = endpoint.host_str().filter(|_| ["http", "https"].contains(&endpoint.scheme()));
        let host = host.ok_or(InvalidSettings::Endpoint)?;
        let access =
            Access { key_id: access_key_id.clone(), secret: secret_access_key.clone(), region: region.clone() };
        Ok(Self {
            origin: endpoint.origin().ascii_serialization(),
            host: endpoint.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
            name: name.clone(),
            access,
        })
    }

    /// The request that keeps a blob of exactly this many bytes, which are its body.
    pub fn put(&self, key: &BlobKey, size_bytes: u32, now: Timestamp) -> Request<()> {
        let mut request = self.request(Method::PUT, key, now);
        request.headers_mut().insert(CONTENT_LENGTH, size_bytes.into());
        request.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/octet-stream"));
        request
    }

    /// The request for a blob's bytes.
    pub fn get(&self, key: &BlobKey, now: Timestamp) -> Request<()> {
        self.request(Method::GET, key, now)
    }

    /// The request for the bytes of a blob from `first` to `last`, counted from 0, both included.
    pub fn get_part(&self, key: &BlobKey, (first, last): (u64, u64), now: Timestamp) -> Request<()> {
        let mut request = self.get(key, now);
        if let Ok(range) = http::HeaderValue::from_str(&format!("bytes={first}-{last}")) {
            request.headers_mut().insert(RANGE, range);
        }
        request
    }

    /// The request that removes a blob, if there is one.
    pub fn delete(&self, key: &BlobKey, now: Timestamp) -> Request<()> {
        let mut request = self.request(Method::DELETE, key, now);
        // Without it an empty body is sent in chunks, which a server need not read before it closes the connection: the next request on it
        // would break off.
        request.headers_mut().insert(CONTENT_LENGTH, 0.into());
        request
    }

    /// A URL under which anyone can fetch a blob for this long, at most seven days, as this media type.
    pub fn link(&self, key: &BlobKey, media_type: &'static str, lifetime: Duration, now: Timestamp) -> String {
        let lifetime = lifetime.clamp(Duration::from_secs(1), LINK_LIFETIME_MAX);
        self.url("GET", key, Some(("response-content-type", media_type)), lifetime, now)
    }

    /// A request without headers. A signed URL is always one that can be requested; another one would be refused by whoever sends it.
    fn request(&self, method: Method, key: &BlobKey, now: Timestamp) -> Request<()> {
        let mut request = Request::new(());
        *request.uri_mut() = self.url(method.as_str(), key, None, REQUEST_LIFETIME, now).parse().unwrap_or_default();
        *request.method_mut() = method;
        request
    }

    /// A signed URL of a blob. The bucket is in the path and not in the host: every server understands that.
    fn url(
        &self,
        method: &str,
        key: &BlobKey,
        parameter: Option<(&str, &str)>,
        lifetime: Duration,
        now: Timestamp,
    ) -> String {
        let path = format!("/{}/{}", self.name, key.object());
        let grant = Grant { method, path: &path, parameter, lifetime };
        format!("{}{}", self.origin, self.access.presign(&self.host, &grant, now))
    }
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, TaskId};

    use super::*;
    use crate::keys;

    fn bucket(endpoint: &str, name: &str, key_id: &str) -> Result<Bucket, InvalidSettings> {
        Bucket::new(&Settings {
            endpoint: endpoint.to_owned(),
            bucket: name.to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: key_id.to_owned(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        })
    }

    #[test]
    fn an_object_is_named_by_account_task_and_number_and_its_link_ends() {
        let bucket = bucket("https://s3.example.com", "likeness", "AKIAIOSFODNN7EXAMPLE").unwrap();
        let (account, task) = (AccountId::from_random([1; 16]), TaskId::from_random([2; 16]));
        let key = keys::result(&account, &task, 3);
        let now = Timestamp::from_millis(1_369_353_600_000);
        let link = bucket.link(&key, "image/png", Duration::from_hours(24), now);
        let path = format!("result/{account}/{task}/3");
        assert!(link.starts_with(&format!("https://s3.example.com/likeness/{path}?")), "{link}");
        for part in [
            "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request",
            "X-Amz-Date=20130524T000000Z",
            "X-Amz-Expires=86400",
            "response-content-type=image%2Fpng",
        ] {
            assert!(link.contains(part), "{part} in {link}");
        }
        let long = bucket.link(&key, "image/png", Duration::from_hours(1_000), now);
        assert!(long.contains("X-Amz-Expires=604800"), "{long}");
        let put = bucket.put(&key, 1_234, now);
        assert_eq!((put.method(), &put.headers()[CONTENT_LENGTH]), (&Method::PUT, &http::HeaderValue::from(1_234)));
        assert!(put.uri().to_string().contains("X-Amz-Expires=300"));
        assert_eq!(bucket.get(&key, now).uri().path(), format!("/likeness/{path}"));
        assert_eq!(bucket.delete(&key, now).method(), Method::DELETE);
        let part = bucket.get_part(&key, (5, 9), now);
        assert_eq!(part.uri().path(), bucket.get(&key, now).uri().path());
        assert_eq!(part.headers()[RANGE], "bytes=5-9");
    }

    #[test]
    fn there_is_a_bucket_where_there_is_an_endpoint() {
        let read = |name: &str| match name {
            "s3_endpoint" => Some("https://s3.example.com/".to_owned()),
            "s3_bucket" => Some("likeness".to_owned()),
            _ => None,
        };
        let settings = Settings::read(Values::new(&read)).unwrap();
        assert_eq!((settings.endpoint.as_str(), settings.bucket.as_str()), ("https://s3.example.com", "likeness"));
        assert_eq!(
            (settings.region.as_str(), Bucket::new(&settings).unwrap_err()),
            ("us-east-1", InvalidSettings::Access)
        );
        assert_eq!(Settings::read(Values::new(&|_| None)), None);
    }

    #[test]
    fn what_is_no_bucket_is_refused_and_no_secret_is_shown() {
        for endpoint in ["", "s3.example.com", "ftp://s3.example.com", "https://s3.example.com/path", "https://a@b.com"]
        {
            assert_eq!(bucket(endpoint, "likeness", "k").unwrap_err(), InvalidSettings::Endpoint, "{endpoint}");
        }
        for name in ["", "ab", "Likeness", "a/b/c", "..."] {
            assert_eq!(bucket("http://127.0.0.1:9000", name, "k").unwrap_err(), InvalidSettings::Name, "{name}");
        }
        assert_eq!(bucket("http://127.0.0.1:9000", "likeness", "").unwrap_err(), InvalidSettings::Access);
        assert!(!format!("{:?}", bucket("http://[::1]:9000", "likeness", "k").unwrap()).contains("wJalr"));
    }
}

//! The studio: a page in the browser that makes characters and pictures with this API.

pub(crate) mod file;
pub(crate) mod page;

use domain::Digest;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH, REFERRER_POLICY};
use http::{HeaderMap, StatusCode};
use lifecycle::Config;
use studio_files::File;

use crate::wire::Response;

/// The answer with a file. A browser that has it already is told so.
fn answer(config: &Config, file: &File, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", Digest::of_lines([file.text]));
    let has_it = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let (status, body) =
        if has_it { (StatusCode::NOT_MODIFIED, Vec::new()) } else { (StatusCode::OK, file.text.into()) };
    Response::new(status, file.media_type, body)
        .with(ETAG, &etag)
        .with(CACHE_CONTROL, "no-cache")
        .with(CONTENT_SECURITY_POLICY, &policy(config))
        .with(REFERRER_POLICY, "no-referrer")
}

/// What the page may use: its own files, what this API answers, and pictures in the bucket.
fn policy(config: &Config) -> String {
    let bucket = config.s3.as_ref().map_or("", |s3| s3.endpoint.as_str());
    let allowed = |what: &str, from: &str| format!("{what} {from} {bucket}").trim_end().to_owned();
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        &allowed("img-src", "'self' blob: data:"),
        &allowed("media-src", "'self' blob:"),
        &allowed("connect-src", "'self'"),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_here_or_from_the_bucket() {
        let policy = |endpoint: &'static str| {
            let read = |name: &str| (name == "s3_endpoint").then(|| endpoint.to_owned());
            policy(&Config::from_variables(read).expect("a configuration"))
        };
        assert!(policy("https://unset.invalid").contains("; img-src 'self' blob: data:; media-src 'self' blob:;"));
        let with_bucket = policy("https://s3.example.com");
        for source in ["img-src 'self' blob: data:", "media-src 'self' blob:", "connect-src 'self'"] {
            assert!(with_bucket.contains(&format!("{source} https://s3.example.com;")), "{with_bucket}");
        }
    }
}

//! Where pictures may be fetched from.

use super::*;

#[test]
fn outputs_come_from_replicates_delivery_hosts() {
    for url in [
        "https://replicate.delivery/xezq/a.png",
        "https://pbxt.replicate.delivery/a/b.png",
        "HTTPS://A.B.Replicate.Delivery/",
    ] {
        assert!(replicate().output_allowed(url), "{url}");
    }
}

#[test]
fn outputs_may_come_from_the_configured_origin_itself() {
    let simulator =
        Replicate::new(Config { base_url: "http://127.0.0.1:8123/replicate".to_owned(), ..config() }).unwrap();
    assert!(simulator.output_allowed("http://127.0.0.1:8123/files/a.png"));
    for url in [
        "http://127.0.0.1:8124/a.png",
        "https://127.0.0.1:8123/a.png",
        "http://localhost:8123/a.png",
        "http://127.0.0.1/a.png",
    ] {
        assert!(!simulator.output_allowed(url), "{url}");
    }
    assert!(replicate().output_allowed("https://api.replicate.com:443/v1/files/a"));
}

#[test]
fn outputs_come_from_the_configured_host() {
    let elsewhere = Replicate::new(Config { output_host: "http://127.0.0.1:8124".to_owned(), ..config() }).unwrap();
    assert!(elsewhere.output_allowed("http://127.0.0.1:8124/files/a.png"));
    for url in ["http://127.0.0.1:8125/a.png", "https://pbxt.replicate.delivery/a.png"] {
        assert!(!elsewhere.output_allowed(url), "{url}");
    }
}

#[test]
fn outputs_from_anywhere_else_are_not_fetched() {
    let elsewhere = [
        "",
        "replicate.delivery/a.png",
        "//replicate.delivery/a.png",
        "http://replicate.delivery/a.png",
        "ftp://replicate.delivery/a.png",
        "https://replicate.delivery:8443/a.png",
        "https://evilreplicate.delivery/a.png",
        "https://replicate.delivery.evil.example/a.png",
        "https://replicate.delivery@evil.example/a.png",
        "https://evil.example/replicate.delivery/a.png",
        "https://evil.example\\.replicate.delivery/a.png",
        "https://evil.example#.replicate.delivery",
        "https://evil.example?.replicate.delivery",
        "https://user@replicate.delivery/a.png",
        "https://user:password@pbxt.replicate.delivery/a.png",
        "https://replicate.delivery./a.png",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "https://api.replicate.com.evil.example/a.png",
    ];
    for url in elsewhere {
        assert!(!replicate().output_allowed(url), "{url}");
    }
}

//! A deployment with TLS in front of it, whose certificate is from an authority of its own.

use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use e2e::{Settings, World};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Puts TLS in front of what is served at `behind`; the URL then, and the certificate of the authority.
async fn with_tls(behind: String) -> (String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![server.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (customer, _) = listener.accept().await.unwrap();
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                // Who does not believe the certificate leaves.
                let Ok(mut customer) = acceptor.accept(customer).await else { return };
                let mut deployment = TcpStream::connect(behind).await.unwrap();
                copy_bidirectional(&mut customer, &mut deployment).await.ok();
            });
        }
    });
    (url, authority.pem())
}

async fn credits(url: &str, key: &str, authorities: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_likeness"));
    command.args(["credits", "--url", url]).env("LIKENESS_API_KEY", key).env("SSL_CERT_FILE", authorities);
    command.output().await.unwrap()
}

#[tokio::test]
async fn a_deployment_with_tls_is_asked_where_its_authority_is_known() {
    let world = World::start(Settings::default()).await.unwrap();
    let (key, _) = world.key(1_234).await.unwrap();
    let (url, authority) = with_tls(world.base.trim_start_matches("http://").to_owned()).await;
    let folder = TempDir::new().unwrap();
    let (known, unknown) = (folder.path().join("known.pem"), folder.path().join("unknown.pem"));
    std::fs::write(&known, authority).unwrap();
    std::fs::write(&unknown, "").unwrap();

    let output = credits(&url, &key, &known).await;
    let (told, wrong) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && told.trim() == "1234", "{told}{wrong}");

    let output = credits(&url, &key, &unknown).await;
    let wrong = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && wrong.contains("SSL_CERT_FILE"), "{wrong}");
}

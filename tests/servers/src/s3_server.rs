//! A real S3 server on a folder, in this process: it checks every signature.

use std::net::TcpListener;
use std::path::PathBuf;
use std::thread::JoinHandle;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A server of one's own, on a free port of this machine, with one bucket.
#[derive(Debug)]
pub struct S3Server {
    folder: TempDir,
    endpoint: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl S3Server {
    /// The name of its bucket.
    pub const BUCKET: &str = "likeness";
    /// The access key id it takes.
    pub const ACCESS_KEY_ID: &str = "LIKENESSTESTS";
    /// The secret access key it takes.
    pub const SECRET_ACCESS_KEY: &str = "the-secret-access-key-of-tests";

    /// Starts one.
    ///
    /// # Errors
    /// When there is no port or no folder for it.
    pub fn start() -> std::io::Result<Self> {
        let folder = TempDir::new()?;
        std::fs::create_dir(folder.path().join(Self::BUCKET))?;
        let files = FileSystem::new(folder.path()).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY_ID, Self::SECRET_ACCESS_KEY));
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        // On a runtime of its own: it outlives the test that starts it first.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let service = service.build();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, service) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { folder, endpoint, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The names of all objects there are, in order.
    ///
    /// # Errors
    /// When its folder cannot be read.
    pub fn objects(&self) -> std::io::Result<Vec<String>> {
        let bucket = self.folder.path().join(Self::BUCKET);
        let (mut folders, mut objects) = (vec![bucket.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path: PathBuf = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(name) = path.strip_prefix(&bucket).ok().and_then(|name| name.to_str()) {
                    objects.push(name.to_owned());
                }
            }
        }
        // What begins with a dot is the server's own.
        objects.retain(|name| !name.split('/').any(|part| part.starts_with('.')));
        objects.sort();
        Ok(objects)
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    while let Ok((connection, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            drop(Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(connection), service).await);
        });
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

//! What a world keeps its state on: files of its own, or real servers. And a look behind the API, at what is stored.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rusqlite::Connection;
use servers::{Engine, RedisClient, RedisServer, S3Server};
use store::Backend;
use store::redis::{Connection as _, Redis, Reply};

/// Which engines a world runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engines {
    /// The key-value store of the host, with photos and pictures in it.
    Own,
    /// A real Redis, with photos and pictures on a real S3 server.
    Servers,
}

impl Engines {
    /// What `LIKENESS_TEST_ENGINES` says: `servers`, or nothing.
    ///
    /// # Panics
    /// When it says anything else: the tests would run on something nobody asked for.
    #[expect(clippy::panic, reason = "there is nothing to test on")]
    pub fn from_environment() -> Self {
        match std::env::var("LIKENESS_TEST_ENGINES").unwrap_or_default().as_str() {
            "" => Self::Own,
            "servers" => Self::Servers,
            other => panic!("LIKENESS_TEST_ENGINES is {other:?}; it has to be servers, or not set"),
        }
    }
}

/// A world's engines, running.
#[derive(Debug)]
pub enum Running {
    /// The file of the key-value store.
    Own(PathBuf),
    /// The servers.
    Servers(RedisServer, S3Server),
}

impl Running {
    pub(crate) fn start(engines: Engines, state: &Path) -> Result<Self> {
        Ok(match engines {
            Engines::Own => Self::Own(state.join("sqlite_key_value.db")),
            Engines::Servers => {
                let redis = RedisServer::start(Engine::Redis).context("redis-server is not on this machine")?;
                Self::Servers(redis, S3Server::start()?)
            }
        })
    }

    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let Self::Servers(redis, s3) = self else { return Vec::new() };
        let pairs = [
            ("store_url", redis.url()),
            ("store_host", redis.url()),
            ("s3_endpoint", s3.endpoint().to_owned()),
            ("s3_bucket", S3Server::BUCKET.to_owned()),
            ("s3_access_key_id", S3Server::ACCESS_KEY_ID.to_owned()),
            ("s3_secret_access_key", S3Server::SECRET_ACCESS_KEY.to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// What is stored, behind the API's back.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn stored(&self) -> Result<Stored> {
        Ok(match self {
            Self::Own(file) => Stored::File(Connection::open(file)?),
            Self::Servers(redis, _) => Stored::Redis(RedisClient::connect(&redis.url()).await?),
        })
    }

    /// The names of all photos' and pictures' pieces: chunks in the store, or objects in the bucket with colons for slashes.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn blobs(&self) -> Result<Vec<String>> {
        match self {
            Self::Own(_) => {
                let stored = self.stored().await?;
                let (mut photos, pictures) = (stored.keys("photo:").await?, stored.keys("result:").await?);
                photos.extend(pictures);
                Ok(photos)
            }
            Self::Servers(_, s3) => Ok(s3.objects()?.into_iter().map(|name| name.replace('/', ":")).collect()),
        }
    }
}

/// What is stored.
#[derive(Debug)]
pub enum Stored {
    /// In the key-value store's file.
    File(Connection),
    /// On a Redis.
    Redis(Redis<RedisClient>),
}

impl Stored {
    /// The value under a key.
    ///
    /// # Errors
    /// When there is none.
    pub async fn read(&self, key: &str) -> Result<Vec<u8>> {
        match self {
            Self::File(file) => {
                let sql = "SELECT value FROM spin_key_value WHERE key = ?1";
                Ok(file.query_row(sql, [key], |row| row.get(0))?)
            }
            Self::Redis(redis) => redis.get(key).await?.with_context(|| format!("no {key}")),
        }
    }

    /// Replaces the value under a key, as nobody ever should.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write(&self, key: &str, value: &[u8]) -> Result<()> {
        match self {
            Self::File(file) => {
                file.execute("UPDATE spin_key_value SET value = ?1 WHERE key = ?2", (value, key))?;
            }
            Self::Redis(redis) => redis.set(key, value, None).await?,
        }
        Ok(())
    }

    /// All keys that begin so.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        match self {
            Self::File(file) => {
                let mut statement =
                    file.prepare("SELECT key FROM spin_key_value WHERE key LIKE ?1 || '%' ORDER BY key")?;
                Ok(statement.query_map([prefix], |row| row.get(0))?.collect::<Result<_, _>>()?)
            }
            Self::Redis(redis) => {
                let all = redis.0.execute(vec![b"KEYS".to_vec(), format!("likeness:{prefix}*").into_bytes()]).await;
                let all = all.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
                let key = |reply| match reply {
                    Reply::Bytes(key) => String::from_utf8(key).ok()?.strip_prefix("likeness:").map(str::to_owned),
                    Reply::Nil | Reply::Integer(_) => None,
                };
                Ok(all.into_iter().filter_map(key).collect())
            }
        }
    }
}

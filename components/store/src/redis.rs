//! Redis and Valkey as a store, sans-IO: which commands a call takes, and what their replies mean.
//!
//! Not through Spin's key-value interface, whose swap on Redis reports every success as a error, but over its redis interface with one
//! script a swap. A value is a hash of `d`, the data, and `r`, a random revision that no other write ever gives; the script compares the
//! revision on the server. Keys begin with `likeness:`, so that the database can be shared.

use std::time::Duration;

use domain::setting::{InvalidVariable, Values};
use domain::{Secret, Setting};

use url::Url;

use crate::{Backend, Entropy, Timer, Unavailable};

/// Where the server is.
pub const URL: Setting = Setting::new(
    "store_url",
    "",
    "keeps the state on Redis or Valkey, `redis://[:password@]host[:port][/database]`, or `rediss://...host:port...` for TLS, where the port has to be said, instead of the key-value store",
)
.secret();
/// The server's address for the host, which lets the functions connect to it.
pub const HOST: Setting = Setting::host(
    "store_host",
    "the same server as `redis://host[:port]` or `rediss://host:port`, so that the functions may connect to it",
);

/// Both.
pub const SETTINGS: &[Setting] = &[URL, HOST];

/// The address of the server, where there is one.
///
/// # Errors
/// [`InvalidVariable`] when it is no address of a Redis.
pub fn address(values: Values<'_>) -> Result<Option<Secret>, InvalidVariable> {
    let url = values.secret(&URL);
    if url.is_empty() {
        return Ok(None);
    }
    let parsed = Url::parse(url.expose()).ok().filter(Url::has_host);
    match parsed.as_ref().map(|parsed| (parsed.scheme(), parsed.port())) {
        Some(("redis", _) | ("rediss", Some(_))) => Ok(Some(url)),
        Some(("rediss", None)) => {
            Err(InvalidVariable::new(&URL, "rediss://host:port: with TLS there is no usual port"))
        }
        _ => Err(InvalidVariable::new(&URL, "redis://... or rediss://..., or empty")),
    }
}

/// Replaces a value if it has the revision that was read.
const SWAP: &str = "\
local revision = redis.call('HGET', KEYS[1], 'r') or ''
if revision ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'd', ARGV[3], 'r', ARGV[2])
return 1";
/// The name Redis gives to [`SWAP`]: its SHA-1.
const SWAP_SHA1: &str = "ecdd3f470a17ecc54e6646d3aee9c7ae9b876bb6";

/// A command, its name first.
pub type Command = Vec<Vec<u8>>;

/// A part of a reply; arrays come as their parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    Nil,
    /// A number.
    Integer(i64),
    /// Bytes, or a status.
    Bytes(Vec<u8>),
}

/// A command was not carried out, or its reply was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// The server does not know the script; it did nothing.
    NoScript,
    /// Anything else, in the server's or the host's words.
    Other(String),
}

/// A connection to a server: the port this store needs.
#[expect(async_fn_in_trait, reason = "used on one thread, in a guest or a test; no future needs `Send`")]
pub trait Connection: Entropy + Timer {
    /// Sends a command and waits for its reply, with a time limit of its own.
    async fn execute(&self, command: Command) -> Result<Vec<Reply>, CommandError>;
}

/// The store behind a connection.
#[derive(Debug)]
pub struct Redis<C>(pub C);

/// A value's key and the revision it had; nothing where there was no value.
#[derive(Debug)]
pub struct Observed {
    key: String,
    revision: Option<Vec<u8>>,
}

impl<C: Connection> Redis<C> {
    async fn call(&self, command: &[&[u8]]) -> Result<Vec<Reply>, Unavailable> {
        let command = command.iter().map(|part| part.to_vec()).collect();
        self.0.execute(command).await.map_err(unavailable)
    }

    fn revision(&self) -> String {
        domain::fresh_id(self.0.random())
    }
}

impl<C: Entropy> Entropy for Redis<C> {
    fn random<const N: usize>(&self) -> [u8; N] {
        self.0.random()
    }
}

impl<C: Timer> Timer for Redis<C> {
    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl<C: Connection> Backend for Redis<C> {
    type Swap = Observed;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let reply = self.call(&[b"HGET", prefixed(key).as_bytes(), b"d"]).await?;
        bytes(reply.into_iter().next())
    }

    async fn set(&self, key: &str, value: &[u8], lifetime: Option<Duration>) -> Result<(), Unavailable> {
        let (key, revision) = (prefixed(key), self.revision());
        self.call(&[b"HSET", key.as_bytes(), b"d", value, b"r", revision.as_bytes()]).await?;
        // Should this not happen any more, the sweep removes it.
        let Some(lifetime) = lifetime else { return Ok(()) };
        self.call(&[b"EXPIRE", key.as_bytes(), lifetime.as_secs().to_string().as_bytes()]).await.map(drop)
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.call(&[b"DEL", prefixed(key).as_bytes()]).await.map(drop)
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        match self.call(&[b"INCRBY", prefixed(key).as_bytes(), by.to_string().as_bytes()]).await?.as_slice() {
            [Reply::Integer(sum)] => Ok(*sum),
            other => Err(unexpected(other)),
        }
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Observed), Unavailable> {
        let mut reply = self.call(&[b"HMGET", prefixed(key).as_bytes(), b"d", b"r"]).await?.into_iter();
        let (value, revision) = (bytes(reply.next())?, bytes(reply.next())?);
        Ok((value, Observed { key: key.to_owned(), revision }))
    }

    async fn swap(&self, observed: Observed, value: &[u8]) -> Result<bool, Unavailable> {
        let (key, next) = (prefixed(&observed.key), self.revision());
        let expected = observed.revision.unwrap_or_default();
        let arguments: [&[u8]; 5] = [b"1", key.as_bytes(), &expected, next.as_bytes(), value];
        let command = |name: &str, script: &str| {
            let head = [name.as_bytes().to_vec(), script.as_bytes().to_vec()];
            head.into_iter().chain(arguments.iter().map(|argument| argument.to_vec())).collect()
        };
        let reply = match self.0.execute(command("EVALSHA", SWAP_SHA1)).await {
            // The first swap after the server's start brings the script along.
            Err(CommandError::NoScript) => self.0.execute(command("EVAL", SWAP)).await,
            reply => reply,
        };
        match reply.map_err(unavailable)?.as_slice() {
            [Reply::Integer(swapped)] => Ok(*swapped == 1),
            other => Err(unexpected(other)),
        }
    }
}

fn prefixed(key: &str) -> String {
    format!("likeness:{key}")
}

fn bytes(reply: Option<Reply>) -> Result<Option<Vec<u8>>, Unavailable> {
    match reply {
        Some(Reply::Nil) => Ok(None),
        Some(Reply::Bytes(bytes)) => Ok(Some(bytes)),
        other => Err(unexpected(other.as_slice())),
    }
}

fn unavailable(error: CommandError) -> Unavailable {
    match error {
        CommandError::NoScript => Unavailable("the server forgets its scripts".to_owned()),
        CommandError::Other(reason) => Unavailable(reason),
    }
}

/// A reply that no command here has. What is in it may be a customer's, so only its shape is told.
fn unexpected(reply: &[Reply]) -> Unavailable {
    Unavailable(format!("a reply of {} parts that does not fit its command", reply.len()))
}

#[cfg(test)]
mod tests {
    use sha1::{Digest, Sha1};

    use super::*;

    #[test]
    fn an_address_of_something_else_is_refused_and_not_shown() {
        let read = |url: &'static str| address(Values::new(&|_| Some(url.to_owned())));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read(" rediss://:sesame@a:6380 "), Ok(Some(Secret::new("rediss://:sesame@a:6380"))));
        assert_eq!(read("redis://:sesame@a/1"), Ok(Some(Secret::new("redis://:sesame@a/1"))));
        let InvalidVariable(refused) = read("rediss://:sesame@a").unwrap_err();
        assert!(refused.contains("host:port") && !refused.contains("sesame"), "{refused}");
        for url in ["http://:sesame@a", "sesame", "REDIS"] {
            let InvalidVariable(refused) = read(url).unwrap_err();
            assert!(refused.starts_with("store_url has to be redis://") && !refused.contains("sesame"), "{refused}");
        }
    }

    #[test]
    fn the_script_has_the_name_redis_gives_it() {
        let digest: String = Sha1::digest(SWAP)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .fold(String::new(), |sum, digits| sum + &digits);
        assert_eq!(digest, SWAP_SHA1);
    }
}

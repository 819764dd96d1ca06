//! The store on a real Redis, started and stopped by the test. Where no `redis-server` is on the machine, it says so and passes over it.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::cell::RefCell;
use std::time::Duration;

use store::redis::{Connection, Failure, Redis, Reply};
use store::{Backend, Entropy, Timer};
use testkit::RedisServer;

async fn connect(server: &RedisServer) -> Redis<Client> {
    let connection = redis::Client::open(server.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
    Redis(Client { connection, random: RefCell::new(fastrand::Rng::new()) })
}

struct Client {
    connection: redis::aio::MultiplexedConnection,
    random: RefCell<fastrand::Rng>,
}

impl Entropy for Client {
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.borrow_mut().fill(&mut bytes);
        bytes
    }
}

impl Timer for Client {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Connection for Client {
    async fn execute(&self, command: store::redis::Command) -> Result<Vec<Reply>, Failure> {
        let mut parts = command.iter();
        let mut request = redis::cmd(std::str::from_utf8(parts.next().unwrap()).unwrap());
        for part in parts {
            request.arg(part.as_slice());
        }
        let reply: redis::Value = request.query_async(&mut self.connection.clone()).await.map_err(|error| {
            if error.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::NoScript) {
                Failure::NoScript
            } else {
                Failure::Other(error.to_string())
            }
        })?;
        Ok(match reply {
            redis::Value::Array(parts) => parts.into_iter().map(flat).collect(),
            one => vec![flat(one)],
        })
    }
}

fn flat(value: redis::Value) -> Reply {
    match value {
        redis::Value::Nil => Reply::Nil,
        redis::Value::Int(number) => Reply::Integer(number),
        redis::Value::BulkString(bytes) => Reply::Bytes(bytes),
        redis::Value::Okay => Reply::Bytes(b"OK".to_vec()),
        other => Reply::Bytes(format!("{other:?}").into_bytes()),
    }
}

fn on_redis(test: impl AsyncFnOnce(&mut RedisServer)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match RedisServer::start() {
        Some(mut server) => runtime.block_on(test(&mut server)),
        None => println!("SKIPPED: there is no redis-server on this machine"),
    }
}

#[test]
fn it_keeps_what_it_is_given() {
    on_redis(async |server| {
        let store = connect(server).await;
        assert_eq!(store.get("account:1").await, Ok(None));
        let big = vec![0xff; 256 * 1024];
        store.set("account:1", &big).await.unwrap();
        assert_eq!(store.get("account:1").await, Ok(Some(big.clone())));
        assert_eq!(store.current("account:1").await.unwrap().0, Some(big));
        store.delete("account:1").await.unwrap();
        assert_eq!(store.current("account:1").await.unwrap().0, None);
        for (by, sum) in [(1, 1), (1, 2), (0, 2), (40, 42)] {
            assert_eq!(store.increment("count:x", by).await, Ok(sum));
        }
    });
}

#[test]
fn a_swap_is_done_once_and_by_whoever_saw_the_latest() {
    on_redis(async |server| {
        let (one, other) = (connect(server).await, connect(server).await);
        one.set("k", b"x").await.unwrap();
        let ((_, first), (_, second)) = (one.current("k").await.unwrap(), other.current("k").await.unwrap());
        assert_eq!(one.swap(first, b"y").await, Ok(true), "the script was not there yet");
        assert_eq!(other.swap(second, b"z").await, Ok(false), "it saw what is no more");
        assert_eq!(one.get("k").await, Ok(Some(b"y".to_vec())));

        // The same bytes again are not the same value.
        let (_, stale) = one.current("k").await.unwrap();
        let (_, fresh) = other.current("k").await.unwrap();
        assert_eq!(other.swap(fresh, b"x").await, Ok(true));
        let (_, fresh) = other.current("k").await.unwrap();
        assert_eq!(other.swap(fresh, b"y").await, Ok(true));
        assert_eq!(one.swap(stale, b"lost").await, Ok(false));

        // Of two who create the same, one does.
        let ((_, first), (_, second)) = (one.current("new").await.unwrap(), other.current("new").await.unwrap());
        assert_eq!((one.swap(first, b"1").await, other.swap(second, b"2").await), (Ok(true), Ok(false)));
    });
}

#[test]
fn a_thousand_increments_by_swap_all_count() {
    on_redis(async |server| {
        let first = connect(server).await;
        first.set("sum", b"0").await.unwrap();
        let add = async || {
            let store = connect(server).await;
            for _ in 0..200 {
                loop {
                    let (value, swap) = store.current("sum").await.unwrap();
                    let sum: u32 = String::from_utf8(value.unwrap()).unwrap().parse().unwrap();
                    if store.swap(swap, (sum + 1).to_string().as_bytes()).await.unwrap() {
                        break;
                    }
                }
            }
        };
        tokio::join!(add(), add(), add(), add(), add());
        assert_eq!(first.get("sum").await, Ok(Some(b"1000".to_vec())));
    });
}

#[test]
fn the_doctor_finds_nothing_to_say() {
    on_redis(async |server| {
        let findings = store::doctor::examine(&connect(server).await).await;
        assert!(findings.iter().all(|finding| finding.verdict == store::doctor::Verdict::Passed), "{findings:?}");
    });
}

#[test]
fn a_server_that_is_gone_is_an_error() {
    on_redis(async |server| {
        let store = connect(server).await;
        store.set("k", b"x").await.unwrap();
        server.kill();
        assert!(store.get("k").await.is_err() && store.set("k", b"y").await.is_err());
    });
}

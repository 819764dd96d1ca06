//! The store on real servers, started and stopped by the tests. Those of a server that is not on this machine are ignored.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::time::Duration;

use servers::{Engine, RedisClient, RedisServer};
use store::Backend;
use store::doctor::{Effort, Verdict, examine};
use store::redis::{Connection, Redis, Reply};

async fn connect(server: &RedisServer) -> Redis<RedisClient> {
    RedisClient::connect(&server.url()).await.unwrap()
}

fn on(engine: Engine, test: impl AsyncFnOnce(RedisServer)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(RedisServer::start(engine).unwrap()));
}

/// The same tests on each of the servers.
macro_rules! on_every_server {
    ($($test:ident)*) => {
        mod on_redis {
            $(#[test]
            #[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
            fn $test() {
                super::on(servers::Engine::Redis, super::$test);
            })*
        }

        mod on_valkey {
            $(#[test]
            #[cfg_attr(not(has_valkey), ignore = "no valkey-server on this machine")]
            fn $test() {
                super::on(servers::Engine::Valkey, super::$test);
            })*
        }
    };
}

on_every_server! {
    it_passes_every_check_from_five_sides
    the_script_is_brought_along_where_the_server_does_not_know_it
    what_may_be_forgotten_is_forgotten_by_the_server
    a_counter_can_be_read
    a_server_that_is_gone_is_an_error
}

async fn it_passes_every_check_from_five_sides(server: RedisServer) {
    let mut sides = Vec::new();
    for _ in 0..5 {
        sides.push(connect(&server).await);
    }
    let findings = examine(&sides, Effort::Thorough).await;
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Passed), "{findings:?}");
    let left = connect(&server).await.0.execute(vec![b"DBSIZE".to_vec()]).await;
    assert_eq!(left, Ok(vec![Reply::Integer(0)]), "it leaves nothing behind");
}

async fn the_script_is_brought_along_where_the_server_does_not_know_it(server: RedisServer) {
    let store = connect(&server).await;
    store.set("k", b"x", None).await.unwrap();
    for next in [b"y", b"z"] {
        let (_, swap) = store.current("k").await.unwrap();
        assert_eq!(store.swap(swap, next).await, Ok(true));
        store.0.execute(vec![b"SCRIPT".to_vec(), b"FLUSH".to_vec()]).await.unwrap();
    }
    assert_eq!(store.get("k").await, Ok(Some(b"z".to_vec())));
}

async fn what_may_be_forgotten_is_forgotten_by_the_server(server: RedisServer) {
    let store = connect(&server).await;
    store.set("answer:1", b"x", Some(Duration::from_hours(48))).await.unwrap();
    store.set("account:1", b"x", None).await.unwrap();
    let left = async |key: &str| store.0.execute(vec![b"TTL".to_vec(), key.as_bytes().to_vec()]).await.unwrap();
    assert_eq!(left("likeness:answer:1").await, [Reply::Integer(172_800)]);
    assert_eq!(left("likeness:account:1").await, [Reply::Integer(-1)], "never");
    store.set("answer:2", b"x", Some(Duration::from_secs(1))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(store.get("answer:2").await, Ok(None));
}

async fn a_counter_can_be_read(server: RedisServer) {
    let store = connect(&server).await;
    for (by, sum) in [(0, 0), (1, 1), (1, 2), (0, 2), (40, 42)] {
        assert_eq!(store.increment("count:x", by).await, Ok(sum));
    }
}

async fn a_server_that_is_gone_is_an_error(mut server: RedisServer) {
    let store = connect(&server).await;
    store.set("k", b"x", None).await.unwrap();
    server.kill();
    assert!(store.get("k").await.is_err() && store.set("k", b"y", None).await.is_err());
}

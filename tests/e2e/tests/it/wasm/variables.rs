//! What an instance asks its host for.

use std::time::Duration;

use e2e::{Actor, Bare};

const VARIABLES: &str = "spin:variables/variables";

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_asks_for_its_variables_once() {
    let app = Bare::serve(|options| options.limits.idle_instance_timeout = Duration::from_secs(30)).await.unwrap();
    let nobody = Actor::new(&app.base);
    let ask = async || {
        let before = app.runner.host_calls("credits").unwrap();
        assert_eq!(nobody.get("/api/v1/credits").await.unwrap().status, 401);
        app.runner.host_calls("credits").unwrap().since(&before)
    };
    let first = ask().await;
    assert!(first.count(VARIABLES, "get") > 30, "{first:?}");
    for _ in 0..5 {
        let next = ask().await;
        assert_eq!(next.of(VARIABLES), 0, "{next:?}");
    }
    assert!(app.runner.host_calls("no-such-component").is_none());
}

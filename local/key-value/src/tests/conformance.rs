//! The checks that every store has to pass, from five sides at once, on this one.

use std::cell::RefCell;
use std::fmt::Display;
use std::time::Duration;

use store::doctor::{Effort, Verdict, examine};
use store::{Backend, Entropy, Timer, Unavailable};

use super::{Exchange, KeyValue, STORE, Swap, made_by_spin, opened};

struct Side<'a> {
    stores: &'a KeyValue,
    random: RefCell<fastrand::Rng>,
}

impl Entropy for Side<'_> {
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.borrow_mut().fill(&mut bytes);
        bytes
    }
}

impl Timer for Side<'_> {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

fn unavailable(error: impl Display) -> Unavailable {
    Unavailable(error.to_string())
}

impl Backend for Side<'_> {
    type Swap = (String, Option<Vec<u8>>);

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.stores.get(STORE, key).await.map_err(unavailable)
    }

    async fn set(&self, key: &str, value: &[u8], _lifetime: Option<Duration>) -> Result<(), Unavailable> {
        self.stores.set_many(STORE, vec![(key.to_owned(), value.to_vec())]).await.map_err(unavailable)
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.stores.delete_many(STORE, vec![key.to_owned()]).await.map_err(unavailable)
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        self.stores.increment(STORE, key.to_owned(), by).await.map_err(unavailable)
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Self::Swap), Unavailable> {
        let value = self.get(key).await?;
        Ok((value.clone(), (key.to_owned(), value)))
    }

    async fn swap(&self, (key, expected): Self::Swap, value: &[u8]) -> Result<bool, Unavailable> {
        let exchange = Exchange { key, expected, value: value.to_vec() };
        let swapped = self.stores.swap(STORE, exchange).await.map_err(unavailable)?;
        Ok(swapped == Swap::Done)
    }
}

async fn passes_every_check(stores: &KeyValue) {
    let sides: [Side<'_>; 5] = std::array::from_fn(|_| Side { stores, random: RefCell::default() });
    for finding in examine(&sides, Effort::Thorough).await {
        let comes_back = finding.check.starts_with("A value that comes back");
        let expected = matches!(finding.verdict, Verdict::Tolerated(_)) == comes_back;
        assert!(expected && !matches!(finding.verdict, Verdict::Failed(_)), "{finding:?}");
    }
    assert_eq!(stores.keys(STORE).await, Ok(Vec::new()), "nothing is left behind");
}

#[tokio::test]
async fn file_of_its_own_passes_every_check() {
    let (stores, _folder) = opened();
    passes_every_check(&stores).await;
}

#[tokio::test]
async fn file_that_spin_made_passes_every_check() {
    let folder = made_by_spin("");
    passes_every_check(&KeyValue::open(folder.path()).unwrap()).await;
}

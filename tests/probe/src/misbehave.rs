//! What a host must contain: waiting, panicking, never returning, taking memory.

#![expect(clippy::panic, reason = "what the host does with it is the question")]

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Arguments, Shown};

/// Counts what an instance should not know: that it served others before.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// How many requests asked this instance this, with this one.
pub(crate) fn requests_of_this_instance() -> Value {
    json!(REQUESTS.fetch_add(1, Ordering::Relaxed) + 1)
}

/// Misbehaves as told.
pub(crate) async fn show(how: &str, arguments: &Arguments) -> Shown {
    match how {
        "sleep" => spin_sdk::time::sleep(Duration::from_millis(arguments.number("milliseconds"))).await,
        "panic" => panic!("the probe was asked to panic"),
        "spin" => {
            let mut turns = 0_u64;
            while black_box(turns) < u64::MAX {
                turns = black_box(turns) % 1_000;
            }
        }
        "allocate" => {
            let bytes = usize::try_from(arguments.number("mib") << 20).unwrap_or(usize::MAX);
            drop(black_box(vec![1_u8; bytes]));
        }
        _ => return Err(format!("the probe can't {how}")),
    }
    Ok(json!("done"))
}

//! What a host must contain: waiting, panicking, never returning, taking memory.

#![expect(clippy::panic, reason = "what the host does with it is the question")]

use std::hint::black_box;
use std::time::Duration;

use serde_json::json;

use crate::{Arguments, Shown};

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

//! For tests: in-memory ports with faults, and real servers.

mod memory;
mod redis_server;

pub use memory::{Fault, Memory};
pub use redis_server::RedisServer;

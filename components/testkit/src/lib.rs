//! For tests: models of stores, in-memory ports with faults, and real servers.

mod memory;
mod model;
mod redis_client;
mod redis_server;
mod s3_server;

pub use memory::{Fault, Memory};
pub use model::{Kv, Model, Observed, Swapped, Unsupported};
pub use redis_client::RedisClient;
pub use redis_server::{Engine, RedisServer};
pub use s3_server::S3Server;

//! For tests: real servers, and connections to them.

mod redis_client;
mod redis_server;
mod s3_server;

pub use redis_client::RedisClient;
pub use redis_server::{Engine, RedisServer};
pub use s3_server::S3Server;

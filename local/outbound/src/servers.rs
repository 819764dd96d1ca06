//! Connections to Redis servers, shared by all instances.
//!
//! One connection an address carries the commands of all of them at once. It is made when it is first needed, and again when it broke; a
//! command that was under way then fails, since nobody knows whether it was carried out.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::Mutex;

/// How long connecting may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// How long one reply may take.
const REPLY_TIME_MAX: Duration = Duration::from_secs(10);

/// All servers that components have connected to.
#[derive(Default)]
pub struct Servers {
    connections: Mutex<BTreeMap<String, ConnectionManager>>,
}

impl Servers {
    /// The connection to an address, `redis://[:password@]host[:port][/database]`.
    ///
    /// # Errors
    /// When it is no such address, or the server does not answer.
    pub async fn connect(&self, address: &str) -> redis::RedisResult<ConnectionManager> {
        let mut connections = self.connections.lock().await;
        if let Some(connection) = connections.get(address) {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(CONNECT_TIME_MAX))
            .set_response_timeout(Some(REPLY_TIME_MAX));
        let connection = ConnectionManager::new_with_config(redis::Client::open(address)?, config).await?;
        connections.insert(address.to_owned(), connection.clone());
        Ok(connection)
    }
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses have passwords in them.
        f.write_str("Servers(..)")
    }
}

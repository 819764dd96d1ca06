//! `spin:redis@3.0.0`.

use host_calls::REDIS;
use redis::{Cmd, ErrorKind, FromRedisValue, Value, cmd};
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

use super::bindings::spin::redis::redis::{self as api, Error, Payload, RedisParameter, RedisResult};
use super::resources::Connection;
use super::stores::{Stores, StoresView};

impl api::Host for StoresView<'_> {}

impl api::HostConnection for StoresView<'_> {
    async fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> api::HostConnectionWithStore<T> for Stores {
    async fn open(
        instance: &Accessor<T, Self>,
        address: String,
    ) -> Result<std::result::Result<Resource<Connection>, Error>> {
        let guest = instance.with(|mut access| std::sync::Arc::clone(access.get().guest));
        guest.calls.count(REDIS, "open");
        let allowed = address.parse().is_ok_and(|uri| guest.allowed_hosts.allows(&uri));
        if !allowed {
            return Ok(Err(Error::InvalidAddress));
        }
        let connection = match guest.redis.connect(&address).await {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(error.into())),
        };
        instance.with(|mut access| {
            Ok(access.get().table.push(Connection(connection)).map_err(|_full| Error::TooManyConnections))
        })
    }

    async fn publish(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        channel: String,
        payload: Payload,
    ) -> Result<std::result::Result<(), Error>> {
        query(instance, &connection, "publish", cmd("PUBLISH").arg(channel).arg(payload)).await
    }

    async fn get(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<std::result::Result<Option<Payload>, Error>> {
        query(instance, &connection, "get", cmd("GET").arg(key)).await
    }

    async fn set(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        value: Payload,
    ) -> Result<std::result::Result<(), Error>> {
        query(instance, &connection, "set", cmd("SET").arg(key).arg(value)).await
    }

    async fn incr(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<std::result::Result<i64, Error>> {
        query(instance, &connection, "incr", cmd("INCR").arg(key)).await
    }

    async fn del(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        keys: Vec<String>,
    ) -> Result<std::result::Result<u32, Error>> {
        query(instance, &connection, "del", cmd("DEL").arg(keys)).await
    }

    async fn sadd(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<std::result::Result<u32, Error>> {
        query(instance, &connection, "sadd", cmd("SADD").arg(key).arg(values)).await
    }

    async fn smembers(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<std::result::Result<Vec<String>, Error>> {
        query(instance, &connection, "smembers", cmd("SMEMBERS").arg(key)).await
    }

    async fn srem(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<std::result::Result<u32, Error>> {
        query(instance, &connection, "srem", cmd("SREM").arg(key).arg(values)).await
    }

    async fn execute(
        instance: &Accessor<T, Self>,
        connection: Resource<Connection>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<std::result::Result<Vec<RedisResult>, Error>> {
        let mut request = cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => request.arg(number),
                RedisParameter::Binary(bytes) => request.arg(bytes),
            };
        }
        let reply: std::result::Result<Value, Error> = query(instance, &connection, "execute", &request).await?;
        Ok(reply.and_then(|reply| {
            let mut parts = Vec::new();
            flatten(reply, &mut parts)?;
            Ok(parts)
        }))
    }
}

async fn query<T, R: FromRedisValue>(
    instance: &Accessor<T, Stores>,
    connection: &Resource<Connection>,
    function: &'static str,
    command: &Cmd,
) -> Result<std::result::Result<R, Error>> {
    let mut connection = instance.with(|mut access| {
        let StoresView { guest, table, .. } = access.get();
        guest.calls.count(REDIS, function);
        table.get(connection).map(|open| open.0.clone())
    })?;
    Ok(command.query_async(&mut connection).await.map_err(Error::from))
}

/// A component sees the parts of nested arrays one after the other, as Spin shows them.
fn flatten(value: Value, parts: &mut Vec<RedisResult>) -> std::result::Result<(), Error> {
    parts.push(match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(status) => RedisResult::Status(status),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Array(values) => return values.into_iter().try_for_each(|value| flatten(value, parts)),
        _ => return Err(Error::TypeError),
    });
    Ok(())
}

impl From<redis::RedisError> for Error {
    fn from(error: redis::RedisError) -> Self {
        match error.kind() {
            ErrorKind::InvalidClientConfig => Self::InvalidAddress,
            ErrorKind::UnexpectedReturnType => Self::TypeError,
            _ => Self::Other(error.to_string()),
        }
    }
}

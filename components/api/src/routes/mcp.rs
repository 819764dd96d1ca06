//! The API for agents: the Model Context Protocol. Its messages are read and answered by the crate `agents`; here its calls are made.

pub(crate) mod calls;
pub(crate) mod message;

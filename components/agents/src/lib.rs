//! The Model Context Protocol (MCP), over Streamable HTTP: from a message of an agent to a call of the API, and from its answer to the agent's.
//!
//! Values in, values out: whoever serves it sends the calls. Each message is answered by itself, with JSON: there are no sessions and no
//! streams. Both revisions that are in use are spoken: 2026-07-28, which says with each message what it is, and those before it, which begin
//! with `initialize`. Source: <https://modelcontextprotocol.io/specification>.

mod answer;
mod call;
mod content;
mod message;
mod prompts;
mod resources;
mod revision;
mod step;
mod tools;

pub use answer::{Reply, unreadable};
pub use call::Call;
pub use content::{Answered, Picture, extension_type};
pub use message::{Headers, ID_MAX};
pub use step::{Asked, Step, step};

/// Longest time that a call is held back until there is news, in seconds: below the silence that a host allows of whoever it asks.
pub const WAIT_SECONDS_MAX: u64 = 15;
/// Largest picture that is sent along with what made it, in bytes.
pub const PICTURE_BYTES_MAX: usize = 256 * 1024;
/// Most pictures that are sent along.
pub const PICTURES_MAX: usize = 4;

/// What agents are told of the whole, once.
const INSTRUCTIONS: &str = "Likeness makes consistent pictures of a person. `create_character` takes 10 to 30 photos of one person and trains \
for some minutes; then `generate_images` takes a prompt. Everything that costs credits says so; `get_credits` has the balance, and what fails is \
given back. Long work is answered within 25 seconds with its task: while its `status` is `pending` or `processing`, ask `get_task` (or \
`get_character`) again with `wait`. Send an `idempotency_key` of your own with whatever costs, and the same one when you repeat it: it is then \
done and paid for once. Files that are only on your side go through `create_upload`.";

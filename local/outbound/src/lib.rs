//! The way out of an application: HTTP that stays off private networks, and connections to Redis. Of a program as well: [`https()`].
//!
//! Private networks are shut by address and after DNS. No redirect is followed: whoever follows one itself is checked again. Bodies stream
//! both ways, and each exchange has its [`Timeouts`].

mod client;
mod failure;
mod https;
mod networks;
mod paced;
mod servers;

pub use client::{Client, Timeouts};
pub use failure::Failure;
pub use https::{https, is_distrusted};
pub use networks::Loopback;
pub use paced::{Cut, Paced};
pub use servers::Servers;

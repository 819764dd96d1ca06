//! Files that are fetched: datasets and weights by providers, results by whoever has their address.

pub(crate) mod dataset;
pub(crate) mod photo;
pub(crate) mod result;
pub(crate) mod weights;

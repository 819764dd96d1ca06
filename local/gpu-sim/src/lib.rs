//! A GPU provider without a GPU: the HTTP API of Replicate, simulated pictures, misbehaviour on demand.

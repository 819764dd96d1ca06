//! One module a function: wire types, handlers, errors, and the ports they need.

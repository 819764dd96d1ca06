//! The built functions, one constant each.

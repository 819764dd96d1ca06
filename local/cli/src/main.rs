//! The `likeness` command.

fn main() {}

//! A component that shows what its host does.

//! Ids, credits, documents, state machines, prices and limits.

//! What may happen to an account's credits, decided on values.

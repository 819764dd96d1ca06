//! Photos recognised and measured from their bytes, and the training zip laid out.

//! Signatures of callbacks and links, over bytes and a given time.

//! GPU providers, sans-IO: requests built, responses and callbacks parsed.

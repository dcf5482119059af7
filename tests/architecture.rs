//! The crates and who may know whom.

//! What was granted, what each feature needs, and the gate that says whether a feature is on.

mod requirement;

pub use requirement::{Requirement, Requirements};

//! Alerts for what is new, and the sinks that carry them.

//! What goes wrong when a sandbox is controlled.

/// A control that did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Nobody answers at that address.
    #[error("reach the sandbox")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The sandbox says what it expected instead.
    #[error("control the sandbox ({status}): {sentence}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The sandbox's own words.
        sentence: String,
    },
    /// Whoever answers is no sandbox of this version.
    #[error("understand the sandbox's answer")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ControlError {
    pub(crate) fn unreachable(error: reqwest::Error) -> Self {
        Self::Unreachable(error.into())
    }

    pub(crate) fn unexpected(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unexpected(error.into())
    }
}

//! Which version of the Graph API.

use std::fmt;
use std::str::FromStr;

/// A version of the Graph API: `v26.0`.
///
/// A version that expired is not refused by Meta: the next living one answers silently, and only the answer's
/// `facebook-api-version` tells; see [`LastSeen::served`](super::LastSeen::served).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The number before the point.
    pub major: u16,
    /// The number behind it.
    pub minor: u16,
}

impl Version {
    /// The newest one known when this was written (29 July 2026), and the default.
    pub const V26_0: Self = Self::new(26, 0);

    /// A version.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::V26_0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}", self.major, self.minor)
    }
}

/// A text that is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version looks like `v26.0`")]
pub struct InvalidVersion;

impl FromStr for Version {
    type Err = InvalidVersion;
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let (major, minor) = text.strip_prefix('v').unwrap_or(text).split_once('.').ok_or(InvalidVersion)?;
        let number = |digits: &str| digits.parse().map_err(|_| InvalidVersion);
        Ok(Self::new(number(major)?, number(minor)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_back_and_nonsense_is_refused() {
        assert_eq!("v26.0".parse(), Ok(Version::V26_0));
        assert_eq!(Version::new(25, 0).to_string(), "v25.0");
        for bad in ["", "v", "26", "v26.x", "latest"] {
            assert_eq!(bad.parse::<Version>(), Err(InvalidVersion));
        }
        assert!(Version::new(9, 0) < Version::new(10, 0), "versions compare by number, not as text");
    }
}

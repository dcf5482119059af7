//! Where Meta answers.

use std::fmt;

use link_core::{Error, ErrorKind, Result};
use url::Url;

/// One of the five hosts of Meta's platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Host {
    /// `www.facebook.com`: the dialog of Facebook Login.
    FacebookDialog,
    /// `graph.facebook.com`: the Graph API for Pages and what is linked to them.
    FacebookGraph,
    /// `www.instagram.com`: the dialog of Instagram Login.
    InstagramDialog,
    /// `api.instagram.com`: the code exchange of Instagram Login.
    InstagramApi,
    /// `graph.instagram.com`: the Graph API for Instagram Login.
    InstagramGraph,
}

impl Host {
    /// Its name, for logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FacebookDialog => "www.facebook.com",
            Self::FacebookGraph => "graph.facebook.com",
            Self::InstagramDialog => "www.instagram.com",
            Self::InstagramApi => "api.instagram.com",
            Self::InstagramGraph => "graph.instagram.com",
        }
    }
}

impl Host {
    /// Whether the paths of this host begin with a version. Those of Instagram's sign-in do not.
    pub(crate) const fn is_versioned(self) -> bool {
        !matches!(self, Self::InstagramDialog | Self::InstagramApi)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The addresses under which the five hosts are reached: Meta's own by default, an emulator's or a proxy's if told so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    facebook_dialog: Option<Url>,
    facebook_graph: Option<Url>,
    instagram_dialog: Option<Url>,
    instagram_api: Option<Url>,
    instagram_graph: Option<Url>,
}

impl Hosts {
    /// Meta's own addresses.
    pub const META: Self =
        Self { facebook_dialog: None, facebook_graph: None, instagram_dialog: None, instagram_api: None, instagram_graph: None };

    /// Two origins that stand for all five: one for both hosts of Facebook, one for the three of Instagram.
    ///
    /// Fails with [`ErrorKind::Configuration`] if one of them is no HTTP address.
    pub fn two(facebook: &str, instagram: &str) -> Result<Self> {
        Self::META
            .with(Host::FacebookDialog, facebook)?
            .with(Host::FacebookGraph, facebook)?
            .with(Host::InstagramDialog, instagram)?
            .with(Host::InstagramApi, instagram)?
            .with(Host::InstagramGraph, instagram)
    }

    /// With another address for one host. A path in it is kept as a prefix.
    ///
    /// Fails with [`ErrorKind::Configuration`] if it is no HTTP address.
    pub fn with(mut self, host: Host, base: &str) -> Result<Self> {
        let refused = || Error::new(ErrorKind::Configuration, "use an address that is no http or https address for a host of Meta");
        let url = Url::parse(base).map_err(|_| refused())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(refused());
        }
        *match host {
            Host::FacebookDialog => &mut self.facebook_dialog,
            Host::FacebookGraph => &mut self.facebook_graph,
            Host::InstagramDialog => &mut self.instagram_dialog,
            Host::InstagramApi => &mut self.instagram_api,
            Host::InstagramGraph => &mut self.instagram_graph,
        } = Some(url);
        Ok(self)
    }

    /// The address of a host with these path segments behind it.
    ///
    /// A segment is one segment, whatever it holds: an id with a slash does not lead to another path. `.` and `..` are refused.
    pub(crate) fn address<'a>(&self, host: Host, segments: impl IntoIterator<Item = &'a str>) -> Result<Url> {
        let refused = || Error::new(ErrorKind::Invalid, "make an address of these ids");
        let mut url = match self.base(host) {
            Some(url) => url.clone(),
            None => Url::parse(&format!("https://{}", host.as_str())).map_err(|_| refused())?,
        };
        let mut path = url.path_segments_mut().map_err(|()| refused())?;
        path.pop_if_empty();
        for segment in segments {
            if matches!(segment, "" | "." | "..") {
                return Err(refused());
            }
            path.push(segment);
        }
        drop(path);
        Ok(url)
    }

    const fn base(&self, host: Host) -> Option<&Url> {
        match host {
            Host::FacebookDialog => self.facebook_dialog.as_ref(),
            Host::FacebookGraph => self.facebook_graph.as_ref(),
            Host::InstagramDialog => self.instagram_dialog.as_ref(),
            Host::InstagramApi => self.instagram_api.as_ref(),
            Host::InstagramGraph => self.instagram_graph.as_ref(),
        }
    }
}

impl Default for Hosts {
    fn default() -> Self {
        Self::META
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_lead_a_call_with_our_token_to_another_path() {
        let hosts = Hosts::two("http://127.0.0.1:8701/", "http://127.0.0.1:8702").unwrap();
        let url = hosts.address(Host::FacebookGraph, ["v26.0", "1/../2?x=#y", "conversations"]).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:8701/v26.0/1%2F..%2F2%3Fx=%23y/conversations");
        for dots in [".", "..", ""] {
            assert_eq!(hosts.address(Host::FacebookGraph, ["v26.0", dots, "messages"]).unwrap_err().kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn the_default_is_meta_and_a_prefix_is_kept() {
        assert_eq!(Hosts::META.address(Host::InstagramApi, ["oauth"]).unwrap().as_str(), "https://api.instagram.com/oauth");
        let hosts = Hosts::META.with(Host::FacebookGraph, "https://proxy.example/meta").unwrap();
        assert_eq!(hosts.address(Host::FacebookGraph, ["me"]).unwrap().as_str(), "https://proxy.example/meta/me");
        assert_eq!(Hosts::META.with(Host::FacebookGraph, "graph.facebook.com").unwrap_err().kind(), ErrorKind::Configuration);
    }
}

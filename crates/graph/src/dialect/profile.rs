//! `GET /{person}`.

use async_trait::async_trait;
use link_core::words::event::Profile;
use link_core::words::ports::{Access, Profiles};
use link_core::{Result, ScopedId};
use serde::Deserialize;

use super::Talk;
use crate::client::{Call, Trouble};
use crate::failure::Failure;

const WHAT: &str = "read the person's profile";

/// Codes that say: this person's profile is not shown. No consent, no such Instagram user, no profile. That the app may not read anybody's is an
/// error: nobody is to be asked about again.
const WITHHELD: &[i64] = &[230, 9010, 2_018_218];

#[async_trait]
impl Profiles for Talk {
    async fn profile(&self, access: &Access, peer: &ScopedId) -> Result<Option<Profile>> {
        self.check(access)?;
        let call = self.address(Call::get(WHAT, "{}"), access).id(peer).query("fields", self.dialect.profile_fields);
        match self.client.attempt(call).await {
            Ok(answer) => Ok(answer.json::<Person>()?.into_profile()),
            Err(Trouble::Refused(failure)) if is_withheld(&failure) => Ok(None),
            Err(trouble) => Err(trouble.into_error(WHAT)),
        }
    }
}

fn is_withheld(failure: &Failure) -> bool {
    [failure.code, failure.subcode].into_iter().flatten().any(|number| WITHHELD.contains(&number))
}

#[derive(Deserialize)]
struct Person {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    profile_pic: Option<String>,
}

impl Person {
    /// An object without any of it is how Messenger says that it withholds everything.
    fn into_profile(self) -> Option<Profile> {
        let told = |text: Option<String>| text.filter(|text| !text.is_empty());
        let parts: Vec<_> = [told(self.first_name), told(self.last_name)].into_iter().flatten().collect();
        let name = told(self.name).or_else(|| (!parts.is_empty()).then(|| parts.join(" ")));
        let profile = Profile::new(name, told(self.username), told(self.profile_pic));
        (profile != Profile::default()).then_some(profile)
    }
}

//! Meta's permissions in plain words, with the dates of those that ended.
//!
//! From Meta's permissions reference and the change logs of the Graph API and the Instagram platform (2026). Meta announces the end of a
//! permission by date and not by version. Names that ended stay in the table: they still come with old tokens. The day on which the old
//! permissions for Pages ended is not announced anywhere that can still be read; the end of the year in which they were split stands for it.

use link_core::words::permission::Permission;

/// Those of Facebook Login.
pub(super) const FACEBOOK: &[Permission] = &[
    Permission::new("public_profile", "know the name of whoever signed in"),
    Permission::new("email", "know the e-mail address of whoever signed in"),
    Permission::new("pages_show_list", "see which Pages the person manages"),
    Permission::new("pages_read_engagement", "read what the Page publishes, and who follows it"),
    Permission::new("pages_read_user_content", "read what others write on the Page: comments, posts and ratings"),
    Permission::new("pages_manage_metadata", "be told what happens at the Page, and change its settings"),
    Permission::new("pages_manage_engagement", "answer comments on the Page in public"),
    Permission::new("pages_messaging", "read and answer the Page's conversations"),
    Permission::new("business_management", "reach Pages and accounts that a business portfolio holds"),
    Permission::new("instagram_basic", "see the Instagram account that is linked to the Page, and its posts"),
    Permission::new("instagram_manage_messages", "read and answer the Instagram account's messages"),
    Permission::new("instagram_manage_comments", "read, hide and answer comments on the Instagram account's posts"),
    Permission::new("manage_pages", "manage the Page in every way").ended(2020, 12, 31).renamed("pages_manage_metadata"),
    Permission::new("publish_pages", "publish as the Page").ended(2020, 12, 31).renamed("pages_manage_posts"),
];

/// Those of Instagram Login.
pub(super) const INSTAGRAM: &[Permission] = &[
    Permission::new("instagram_business_basic", "see the Instagram account and its posts"),
    Permission::new("instagram_business_manage_messages", "read and answer the Instagram account's messages"),
    Permission::new("instagram_business_manage_comments", "read, hide and answer comments on the Instagram account's posts"),
    Permission::new("instagram_business_content_publish", "publish on the Instagram account"),
    Permission::new("business_basic", "see the Instagram account and its posts").ended(2025, 1, 27).renamed("instagram_business_basic"),
    Permission::new("business_manage_messages", "read and answer the Instagram account's messages")
        .ended(2025, 1, 27)
        .renamed("instagram_business_manage_messages"),
    Permission::new("business_manage_comments", "read, hide and answer comments on the Instagram account's posts")
        .ended(2025, 1, 27)
        .renamed("instagram_business_manage_comments"),
    Permission::new("business_content_publish", "publish on the Instagram account")
        .ended(2025, 1, 27)
        .renamed("instagram_business_content_publish"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_stands_once_and_what_took_the_place_of_another_did_not_end() {
        for table in [FACEBOOK, INSTAGRAM] {
            let names: BTreeSet<_> = table.iter().map(|known| known.name).collect();
            assert_eq!(names.len(), table.len());
            for known in table {
                assert!(!known.meaning.is_empty() && known.ends.is_some() == known.becomes.is_some(), "{known:?}");
                let next = known.becomes.and_then(|next| table.iter().find(|other| other.name == next));
                assert!(next.is_none_or(|next| next.ends.is_none()), "{known:?} leads to one that ended");
            }
        }
    }
}

//! Meta's Graph API on the wire: client, logins, errors, webhooks and the dialect both platforms share.

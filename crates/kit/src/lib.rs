//! Link a Messenger account with Instagram professional accounts and work with both as one.

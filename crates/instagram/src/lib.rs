//! link-kit's ports for Instagram professional accounts: what the platform can do, as data, and how it is asked.

//! link-kit's ports for Messenger: what the platform can do, as data, and how it is asked.

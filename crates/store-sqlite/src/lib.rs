//! link-kit's stores on SQLite: one file, nothing to start.

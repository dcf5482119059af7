//! Who sees what: audiences, compiled to the view that every read takes.

//! Writing messages, whoever writes, and how they look when they are read again.

pub(crate) mod outgoing;
pub(crate) mod shown;
pub(crate) mod window;
pub(crate) mod write;

//! Words, laws and ports of link-kit: what a platform says, who may ask, and what a link is. No I/O.

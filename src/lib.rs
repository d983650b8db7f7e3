//! leakdex.

pub mod digest;
pub mod identifier;
pub mod index;
pub mod source;

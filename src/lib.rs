//! leakdex.

pub mod identifier;
pub mod index;
pub mod source;

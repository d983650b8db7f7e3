//! leakdex.

pub mod demo;
pub mod identifier;
pub mod index;
pub mod source;

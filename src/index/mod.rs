//! The index.

pub mod class;

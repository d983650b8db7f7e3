#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod demo;
pub mod digest;
mod disk;
pub mod identifier;
pub mod index;
pub mod ingest;
pub mod maintain;
pub mod plan;
pub mod query;
pub mod report;
pub mod source;

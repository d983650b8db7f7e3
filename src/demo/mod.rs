//! The demonstration: a generated incident.
mod dumps;
pub mod generate;
mod list;
mod output;
mod people;
mod population;
mod random;
mod scribe;
mod spelling;
mod table;
mod truth;
mod words;

pub use truth::{Agreement, CompareError, Comparison, Exposure, Truth};

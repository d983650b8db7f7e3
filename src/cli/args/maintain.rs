//! The arguments of the commands that maintain an index.

use super::{IndexArguments, KeyArguments};
use clap::Args;

/// `compact`.
#[derive(Debug, Args)]
pub struct CompactArguments {
    /// Make one segment of all, whatever that costs; else segments are merged while there are more than eight.
    #[arg(long)]
    pub all: bool,
    /// The index.
    #[command(flatten)]
    pub index: IndexArguments,
    /// The key.
    #[command(flatten)]
    pub key: KeyArguments,
}

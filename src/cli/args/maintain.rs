//! The arguments of the commands that maintain an index.

use super::{IndexArguments, KeyArguments};
use clap::Args;
use std::time::Duration;

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
    /// The lock.
    #[command(flatten)]
    pub wait: WaitArguments,
}

/// What is done while another process writes.
#[derive(Debug, Args)]
pub struct WaitArguments {
    /// Wait so long for another process that writes to the index, instead of ending with an error.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub wait: u64,
}

impl WaitArguments {
    /// The time as a duration.
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

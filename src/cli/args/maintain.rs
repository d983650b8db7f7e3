//! The arguments of the commands that maintain an index.

use super::{IndexArguments, KeyArguments};
use crate::index::Wait;
use crate::source::Progress;
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `compact`.
#[derive(Debug, Args)]
pub struct CompactArguments {
    /// Make one segment of all, whatever that costs; else segments are merged while there are more than eight.
    #[arg(long)]
    pub all: bool,
    /// The index that is written.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// `forget`.
#[derive(Debug, Args)]
pub struct ForgetArguments {
    /// The kind of all of them; otherwise they are forgotten as every kind that fits, and as user names. Names, passwords, and
    /// numbers of organisations have to be named.
    #[arg(long)]
    pub kind: Option<String>,
    /// The country of telephone numbers without a country code.
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,
    /// The organisation of employee, customer and contract numbers, or the site of user names, as the dumps were ingested with.
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Take numbers whose check digit fails too.
    #[arg(long)]
    pub lenient: bool,
    /// Answer about them again. Where nothing is found, the answer stays "unknown" if segments were written meanwhile: they
    /// lack what was forgotten.
    #[arg(long)]
    pub undo: bool,
    /// The index that is written.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// `key rotate`.
#[derive(Debug, Args)]
pub struct RotateArguments {
    /// The key ring to make: the key that the index has now, and a new secret behind it. It is the key of the index from then on,
    /// and opens older copies of the index too. If an earlier rotation was interrupted, give the ring that it has made.
    #[arg(long, value_name = "RING", value_hint = ValueHint::FilePath)]
    pub out: PathBuf,
    /// Worker threads; all processors unless given.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// The index, and the key that it has now.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// An index that a command writes to.
#[derive(Debug, Args)]
pub struct WriteArguments {
    /// The index.
    #[command(flatten)]
    pub index: IndexArguments,
    /// Its key.
    #[command(flatten)]
    pub key: KeyArguments,
    /// Wait so long for another process that writes to the index, instead of ending with an error.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub wait: u64,
}

impl WriteArguments {
    /// The directory of the index.
    pub fn dir(&self) -> &Path {
        &self.index.index
    }

    /// How long another writer is waited for.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.wait)
    }

    /// The same, until this says that the program should stop.
    pub fn waiting<'a>(&self, stop: &'a Progress) -> Wait<'a> {
        Wait { longest: self.wait(), stop: Some(stop) }
    }
}

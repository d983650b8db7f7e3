//! The arguments of `breach`.

use super::{IndexArguments, WriteArguments};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// `breach`.
#[derive(Debug, Subcommand)]
pub enum BreachCommand {
    /// List all breaches.
    List {
        /// Only those whose retention date is past.
        #[arg(long)]
        expired: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// The index.
        #[command(flatten)]
        index: IndexArguments,
    },
    /// Show one breach.
    Show {
        /// Its name.
        name: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// The index.
        #[command(flatten)]
        index: IndexArguments,
    },
    /// Make an entry without records, for a breach that is to be ingested. It answers nothing.
    Add(EntryArguments),
    /// Change what is known about a breach; an empty text takes a field away.
    Edit(EntryArguments),
    /// Take a breach out of every answer, at once. Its records leave the disk at the next `compact`.
    Remove(RemoveArguments),
    /// Fill the entries of the index by their names from a JSON list of breaches in the model of Have I Been Pwned.
    Import(ImportArguments),
}

/// `breach remove`.
#[derive(Debug, Args)]
pub struct RemoveArguments {
    /// The name of the breach.
    pub name: String,
    /// The index that is written.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// `breach import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The list: one breach, or an array of them.
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Make entries for the breaches of the list that the index has not. They answer nothing.
    #[arg(long)]
    pub add: bool,
    /// An entry that is called otherwise in the list: `acme-2021=Acme`. Can be repeated.
    #[arg(long = "match", value_name = "ENTRY=NAME")]
    pub matches: Vec<String>,
    /// The index that is written.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// `breach add` and `breach edit`.
#[derive(Debug, Args)]
pub struct EntryArguments {
    /// The name of the breach.
    pub name: String,
    /// What is known.
    #[command(flatten)]
    pub about: AboutArguments,
    /// The index that is written.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// What is known about a breach; an empty text takes a field away.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct AboutArguments {
    /// The title for people.
    #[arg(long)]
    pub title: Option<String>,
    /// When it happened: 2021, 2021-07 or 2021-07-31.
    #[arg(long, value_name = "DATE")]
    pub breach_date: Option<String>,
    /// The earliest day of its data; an ingest finds it in columns of days.
    #[arg(long, value_name = "DATE")]
    pub data_from: Option<String>,
    /// The latest day of its data.
    #[arg(long, value_name = "DATE")]
    pub data_through: Option<String>,
    /// The site that was hit.
    #[arg(long)]
    pub domain: Option<String>,
    /// What happened.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Who found or supplied it.
    #[arg(long, value_name = "TEXT")]
    pub attribution: Option<String>,
    /// Where it was disclosed.
    #[arg(long, value_name = "URL")]
    pub disclosure_url: Option<String>,
    /// Where the dump is from.
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
    /// Records that somebody claims it has.
    #[arg(long, value_name = "N")]
    pub claimed_count: Option<String>,
    /// Accounts in it by whoever published it.
    #[arg(long, value_name = "N")]
    pub pwn_count: Option<String>,
    /// When a publisher added it.
    #[arg(long, value_name = "DATE")]
    pub added_date: Option<String>,
    /// When a publisher changed what it says about it.
    #[arg(long, value_name = "DATE")]
    pub modified_date: Option<String>,
    /// A data class that is said to be in it; those of its records are known from them. Can be repeated, and replaces those
    /// that were said before.
    #[arg(long, value_name = "NAME")]
    pub data_class: Vec<String>,
    /// Why it may be kept.
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: Option<String>,
    /// The last day on which it may be kept: 2027-12-31.
    #[arg(long, value_name = "DATE")]
    pub retain_until: Option<String>,
    /// Set a flag: verified, fabricated, sensitive, retired, spam-list, malware or stealer-log. Can be repeated.
    #[arg(long, value_name = "FLAG")]
    pub flag: Vec<String>,
    /// Clear a flag.
    #[arg(long, value_name = "FLAG")]
    pub no_flag: Vec<String>,
}

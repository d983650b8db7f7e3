//! The arguments of `claim`.

use super::{AccessArguments, KeyArguments, MappingArguments};
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// `claim`.
#[derive(Debug, Args)]
pub struct ClaimArguments {
    /// The sample that is offered; `-` is standard input.
    #[arg(required_unless_present = "claims", value_hint = ValueHint::FilePath)]
    pub sample: Option<PathBuf>,
    /// Our lists: of customers, employees, contracts. Can be repeated.
    #[arg(long, value_name = "LIST", num_args = 1.., required_unless_present = "claims", value_hint = ValueHint::FilePath)]
    pub against: Vec<PathBuf>,
    /// How many records are claimed. What the sample says about them is said under its assumption only.
    #[arg(long, value_name = "N", conflicts_with = "claims")]
    pub claimed: Option<u64>,
    /// Several claims at once: a file with `[[claim]]` groups of `category`, `claimed`, `sample` and `lists`. Its paths are
    /// relative to it; a claim without `lists` is compared with those of --against.
    #[arg(long, value_name = "FILE", conflicts_with = "sample", value_hint = ValueHint::FilePath)]
    pub claims: Option<PathBuf>,
    /// The column of the lists that says when a row was made: then the answer says when the sample was taken. Can be repeated
    /// for lists that name it differently.
    #[arg(long, value_name = "COLUMN")]
    pub created_column: Vec<String>,
    /// The column of the lists that says when a row was changed last. Can be repeated.
    #[arg(long, value_name = "COLUMN")]
    pub updated_column: Vec<String>,
    /// What a column of the lists is, as --map says it for the sample: of the list that is named (`crm.csv:2=phone`), or of
    /// every list that has the column. Can be repeated.
    #[arg(long, value_name = "[LIST:]COLUMN=KIND")]
    pub list_map: Vec<String>,
    /// An index of older breaches: what of the sample do they hold? Takes its key.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub index: Option<PathBuf>,
    /// Ask only this breach of the index. Can be repeated.
    #[arg(long, value_name = "NAME", requires = "index")]
    pub breach: Vec<String>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Write a report for people here, the verdict first: `.html`, `.md`, or the JSON of `--json` as `.json`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Replace a report that exists.
    #[arg(long)]
    pub force: bool,
    /// How the index is read.
    #[command(flatten)]
    pub access: AccessArguments,
    /// Its key.
    #[command(flatten)]
    pub key: KeyArguments,
    /// The columns of the sample; region, encoding and scope hold for the lists too.
    #[command(flatten)]
    pub mapping: MappingArguments,
    /// Worker threads; all processors unless given.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory for the sample, for example 256M or 2G: 200 to 300 bytes for a record with two identifiers.
    #[arg(long, value_name = "SIZE", default_value = "1G")]
    pub memory: String,
}

//! The command line as clap reads it. Checked here: syntax. Checked in the commands: everything else.

mod breach;
mod claim;
mod maintain;
mod report;

pub use breach::{AboutArguments, BreachCommand, EntryArguments, ImportArguments, RemoveArguments};
pub use claim::ClaimArguments;
pub use maintain::{CompactArguments, ForgetArguments, RotateArguments, WriteArguments};
pub use report::ReportArguments;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Exit codes and environment, shown below the help of the program.
const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 done, and exposures were found (only with --exit-code); 2 an error; 3 done, but the answer is \
incomplete or a column is undecided.

Start with `leakdex demo`, or: `leakdex key new KEY`, `leakdex inspect DUMP`, `leakdex ingest DUMP --breach NAME`, \
`leakdex scan LIST -o exposures.csv`.";

/// Was our data in that leak: whose, which fields, how much, how old? Answered offline, without keeping one plaintext
/// identifier.
#[derive(Debug, Parser)]
#[command(name = "leakdex", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// No progress and no notes; errors are still reported.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// How progress is shown on standard error: `auto` is a bar on a terminal and lines elsewhere, `json` an object a second.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "STYLE")]
    pub progress: ProgressStyle,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressStyle {
    /// A bar on a terminal, lines elsewhere.
    #[default]
    Auto,
    /// One JSON object a second.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play the model incident on generated data, from the dumps to the answer.
    Demo(DemoArguments),
    /// Make a key, show the public name of one, or put an index under a new one.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Show what is in a dump or list, masked. Needs no key.
    Inspect(InspectArguments),
    /// Read dumps into the index as one breach.
    Ingest(IngestArguments),
    /// Ask for a few identifiers, one a line on standard input unless given.
    Check(CheckArguments),
    /// Show what a value can be: every kind with its canonical forms, and why the others refuse it. Needs no key.
    Explain(ExplainArguments),
    /// Ask for a whole customer or employee list.
    Scan(ScanArguments),
    /// Is a sample ours? Compare it with our own lists; needs no index.
    Claim(ClaimArguments),
    /// Show the breaches of the index, write down what is known about them, and remove them.
    #[command(subcommand)]
    Breach(BreachCommand),
    /// Forget the identifiers on standard input, one a line: every query answers "unknown (suppressed)" from now on.
    Forget(ForgetArguments),
    /// Merge segments, so that there are few, and drop what was removed or forgotten from the disk.
    Compact(CompactArguments),
    /// Show size and contents of the index. Needs no key.
    Stats(StatsArguments),
    /// Read the whole index and compare it with what was written.
    Verify(VerifyArguments),
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Where the dumps, the key, the index and the results go; a new directory.
    #[arg(default_value = "leakdex-demo", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// The size of the incident: 1 is the full one, 0.01 a quick one.
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// The seed of the generated data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// `key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a new key file, readable by you alone.
    New {
        /// The file to make.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Show the public name of a key.
    Id(KeyArguments),
    /// Put an index under a new key, without the plaintext.
    Rotate(RotateArguments),
}

/// Where the key comes from.
#[derive(Debug, Args)]
pub struct KeyArguments {
    /// The key file.
    #[arg(long, env = "LEAKDEX_KEY_FILE", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub key_file: Option<PathBuf>,
    /// Run this with `sh -c` and read the key from what it prints. Goes before --key-file.
    #[arg(long, value_name = "CMD", conflicts_with = "key_fd")]
    pub key_command: Option<String>,
    /// Read the key from this open file descriptor.
    #[arg(long, value_name = "N")]
    pub key_fd: Option<u32>,
}

/// Where the index lies.
#[derive(Debug, Args)]
pub struct IndexArguments {
    /// The index directory.
    #[arg(long, env = "LEAKDEX_INDEX", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub index: PathBuf,
}

/// How the files of the index are read.
#[derive(Debug, Args)]
pub struct AccessArguments {
    /// Read the files of the index instead of mapping them: slower, but a file that is truncated meanwhile, or a network that
    /// fails, is an error that says so, and the other segments still answer. For an index that others can change.
    #[arg(long)]
    pub no_mmap: bool,
}

/// What the caller says about the columns of a source.
#[derive(Debug, Args, Default)]
pub struct MappingArguments {
    /// What a column is. COLUMN: a header, a 1-based number, a path into JSON (`profile.phones[]`), or several joined by
    /// `+` (`first_name+last_name+dob`). KIND: email, phone, `national_id[:CC]`, vin, `plate[:CC]`, card, iban, `passport[:CC]`,
    /// username, employee_no, customer_no, contract_no, name_dob, name_postcode, name, address, ip, email_domain, password;
    /// what is hashed: email_md5, phone_sha256, password_ntlm ..; `login` (every cell decides), `text` (searched for
    /// addresses), `country`, `field_name` with `field_value` (rows of a name and a value), `ignore`, or `class:NAME`. Can be
    /// repeated.
    #[arg(long, value_name = "COLUMN=KIND")]
    pub map: Vec<String>,
    /// The country of telephone numbers without a country code, for example CN; `none` compares them without a country, which
    /// is tier loose. A column that names the country of every row beats it.
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,
    /// Take numbers whose check digit fails too. They meet only the same number, with the same mistake, at tier loose.
    #[arg(long)]
    pub lenient: bool,
    /// The encoding, for example gb18030, if it is not detected.
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// The organisation of employee, customer and contract numbers.
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Passwords for zip archives, one a line; they are tried in order.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub archive_password_file: Option<PathBuf>,
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// The dumps or lists, or directories of them.
    #[arg(required_unless_present = "at", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Write a plan here, to correct and to give to `ingest --plan`.
    #[arg(long, short, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Replace the plan if it exists.
    #[arg(long)]
    pub force: bool,
    /// Show what stands at a byte of a file, UNMASKED, on this screen: for the places that a report of rejects names.
    #[arg(long, value_name = "FILE:OFFSET", conflicts_with_all = ["paths", "output"])]
    pub at: Option<String>,
    /// The columns.
    #[command(flatten)]
    pub mapping: MappingArguments,
}

/// `ingest`.
#[derive(Debug, Args)]
pub struct IngestArguments {
    /// The dumps, or directories of them.
    #[arg(required_unless_present = "discard", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The name of the breach.
    #[arg(long, value_name = "NAME")]
    pub breach: String,
    /// Follow this plan, which `inspect -o` wrote.
    #[arg(long, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub plan: Option<PathBuf>,
    /// The title of the breach for people.
    #[arg(long)]
    pub title: Option<String>,
    /// When the breach happened: 2021, 2021-07 or 2021-07-31.
    #[arg(long, value_name = "DATE")]
    pub breach_date: Option<String>,
    /// Add to a breach that the index has already.
    #[arg(long)]
    pub append: bool,
    /// The share of records that may be rejected before the breach is marked incomplete; and of bytes that gave nothing, and of the
    /// values of a kind that a spreadsheet has damaged.
    #[arg(long, value_name = "PERCENT", default_value = "5%")]
    pub max_rejects: String,
    /// List rejected records here, one JSON object a line: file, offset, length, reason and a signature of character classes,
    /// never a value. At most 10,000 for each file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub reject_log: Option<PathBuf>,
    /// Do not merge segments afterwards, where there are more than eight: `compact` does it at another time.
    #[arg(long)]
    pub no_compact: bool,
    /// Read and count, but write nothing.
    #[arg(long, conflicts_with_all = ["resume", "discard"])]
    pub dry_run: bool,
    /// Go on with an ingest of this breach that was interrupted: what it had finished is not read again. Give the same paths
    /// and options as before; threads and memory may be others.
    #[arg(long, conflicts_with = "discard")]
    pub resume: bool,
    /// Drop an ingest of this breach that was interrupted; with paths, begin again.
    #[arg(long)]
    pub discard: bool,
    /// Save what was read after so many seconds, so that an ingest that is killed can go on; one that is stopped is saved
    /// anyway. At most a twentieth of the time goes into it; 0 saves after every input, whatever it takes.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub save_every: u64,
    /// The columns.
    #[command(flatten)]
    pub mapping: MappingArguments,
    /// Worker threads; all processors unless given.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory to work in, for example 256M or 2G; the peak is at most this and 64 MiB. What does not fit goes to a temporary
    /// file, digests only.
    #[arg(long, value_name = "SIZE", default_value = "1G")]
    pub memory: String,
    /// Where that temporary file lies, which takes 11 bytes per identifier; the index directory unless given.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub temp_dir: Option<PathBuf>,
    /// The index that is written.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The identifiers. On a command line other users of this machine can see them: standard input is better.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// The kind of all of them; otherwise every kind that fits is asked.
    #[arg(long)]
    pub kind: Option<String>,
    /// The country of telephone numbers without a country code.
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,
    /// The organisation of employee, customer and contract numbers.
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Ask for numbers whose check digit fails too, in breaches that were ingested with `--lenient`.
    #[arg(long)]
    pub lenient: bool,
    /// Ask only this breach. Can be repeated.
    #[arg(long, value_name = "NAME")]
    pub breach: Vec<String>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// End with 1 if something was found.
    #[arg(long)]
    pub exit_code: bool,
    /// The index.
    #[command(flatten)]
    pub index: IndexArguments,
    /// The key.
    #[command(flatten)]
    pub key: KeyArguments,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The values. On a command line other users of this machine can see them: standard input is better, one value a line.
    #[arg(value_name = "VALUE")]
    pub values: Vec<String>,
    /// Only this kind.
    #[arg(long)]
    pub kind: Option<String>,
    /// The country of telephone numbers without a country code, and of numbers that do not say theirs.
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,
    /// Take numbers whose check digit fails.
    #[arg(long)]
    pub lenient: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// `scan`.
#[derive(Debug, Args)]
pub struct ScanArguments {
    /// The list; `-` is standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    pub list: PathBuf,
    /// Write one line per row, kind and breach here: row,reference,kind,tier,breach,data_classes, and for a list of domains
    /// records. `-` is standard output, which is also where they go without this option if it is not a terminal.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Write what cannot be answered here: row,reference,kind,reason.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub unknown: Option<PathBuf>,
    /// Write the totals here, as JSON. Of all outputs this one gets its name last: whoever finds it finds the others.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub summary: Option<PathBuf>,
    /// Copy this column to the results, so that rows can be told apart.
    #[arg(long, value_name = "COLUMN")]
    pub reference: Option<String>,
    /// The column that says whose row it is, where one person has several rows: people are counted then, wherever their rows
    /// stand. An empty cell is a person of its own. Takes up to 200 bytes of memory for each person.
    #[arg(long, value_name = "COLUMN")]
    pub person: Option<String>,
    /// Write one line per person here: row,reference,answer,tier,breaches,data_classes. A row is a person, unless `--person`
    /// says otherwise.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub people: Option<PathBuf>,
    /// Count people also by the cells of these columns, for example country,segment, and by the domain of their e-mail
    /// address. At most 10,000 groups; not by identifiers.
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',')]
    pub group_by: Vec<String>,
    /// Write everybody who is exposed here, with your own columns and what of theirs leaked, to tell each of them. THE FILE
    /// HOLDS PERSONAL DATA.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub notify: Option<PathBuf>,
    /// The columns for `--notify`; all of them unless given.
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',', requires = "notify")]
    pub notify_columns: Vec<String>,
    /// The report.
    #[command(flatten)]
    pub report: ReportArguments,
    /// The weakest tier that is asked for: `exact` leaves out aliases, and then does a third less work. All tiers unless
    /// given: exact, alias, loose and weak.
    #[arg(long, value_name = "TIER")]
    pub tier: Option<String>,
    /// The weakest tier that counts as exposed in totals. Unless given it is `alias`: loose meetings (a telephone number
    /// without its country) and weak ones (an IP address, a name alone) are listed, and not counted.
    #[arg(long, value_name = "TIER")]
    pub count: Option<String>,
    /// The column that names the kind of each row.
    #[arg(long, value_name = "COLUMN", requires = "value_column")]
    pub kind_column: Option<String>,
    /// The column that holds the value of each row.
    #[arg(long, value_name = "COLUMN", requires = "kind_column")]
    pub value_column: Option<String>,
    /// Ask only this breach. Can be repeated.
    #[arg(long, value_name = "NAME")]
    pub breach: Vec<String>,
    /// End with 1 if something was found.
    #[arg(long)]
    pub exit_code: bool,
    /// Replace output files that exist, each at once and all of them together at the end.
    #[arg(long)]
    pub force: bool,
    /// The index.
    #[command(flatten)]
    pub index: IndexArguments,
    /// How it is read.
    #[command(flatten)]
    pub access: AccessArguments,
    /// The key.
    #[command(flatten)]
    pub key: KeyArguments,
    /// The columns.
    #[command(flatten)]
    pub mapping: MappingArguments,
    /// Worker threads; all processors unless given.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// `stats`.
#[derive(Debug, Args)]
pub struct StatsArguments {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Count the records of every breach, which reads the whole index once.
    #[arg(long)]
    pub count: bool,
    /// The index.
    #[command(flatten)]
    pub index: IndexArguments,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Only the structure, not the records.
    #[arg(long)]
    pub quick: bool,
    /// The structure, and so much of the records, chosen by chance: a nightly check finds what has rotted after some nights.
    #[arg(long, value_name = "PERCENT", conflicts_with = "quick")]
    pub sample: Option<String>,
    /// Also look for records of breaches that were removed and of identifiers that are forgotten: none is left after `compact`.
    #[arg(long)]
    pub removed: bool,
    /// The index.
    #[command(flatten)]
    pub index: IndexArguments,
    /// How it is read.
    #[command(flatten)]
    pub access: AccessArguments,
    /// The key: with it, the seal of the manifest is checked too.
    #[command(flatten)]
    pub key: KeyArguments,
}

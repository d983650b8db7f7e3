//! A place to work at: a private directory with a key, and in it files, indexes and calls of the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Leakdex, Outcome};

/// A dump with three people; the second has no telephone.
pub const DUMP: &str = "\
email,mobile,name
anna.maria@example.com,13800138001,\u{738b}\u{4e94}
carl@example.org,,Carl
dora@example.org,139 0013 9002,Dora
";

/// The same people as a customer writes them down, and one that no dump has.
pub const LIST: &str = "\
id,email,mobile
c1,Anna.Maria@EXAMPLE.com,+86 138-0013-8001
c2,carl@example.org,
c3,,008613900139002
c4,nobody@example.net,13700137003
";

/// What a scan of [`LIST`] finds if [`DUMP`] was ingested as `shop`.
pub const EXPOSURES: &str = "\
row,reference,kind,tier,breach,data_classes
1,c1,email,exact,shop,Email addresses;Phone numbers;Names
1,c1,phone,exact,shop,Email addresses;Phone numbers;Names
2,c2,email,exact,shop,Email addresses;Names
3,c3,phone,exact,shop,Email addresses;Phone numbers;Names
";

/// Parts of the values above that no error may repeat.
const VALUES: [&str; 8] = ["anna", "maria", "carl@", "dora@", "nobody@", "1380013", "13900139", "\u{738b}\u{4e94}"];

/// A private directory with the key `key`. The index is called `index`; both stand in the environment of every call.
pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A desk with a key and no index.
    #[track_caller]
    pub fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        desk.leakdex("key new key").run_ok();
        desk
    }

    /// A desk whose index holds [`DUMP`] as `shop`; the files `dump.csv` and `list.csv` lie beside it.
    #[track_caller]
    pub fn with_index() -> Desk {
        let desk = Desk::new();
        desk.write("dump.csv", DUMP);
        desk.write("list.csv", LIST);
        desk.leakdex("ingest dump.csv --breach shop --region CN").run_ok();
        desk
    }

    /// The directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap_or_else(|error| panic!("writing {name}: {error}"));
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("reading {name}: {error}"))
    }

    /// Reads a text file.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("a text file")
    }

    /// Reads a JSON file.
    #[track_caller]
    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.read(name)).expect("a JSON file")
    }

    /// A call with arguments between blanks.
    pub fn leakdex(&self, arguments: &str) -> Leakdex {
        self.surround(Leakdex::new(self.folder())).args(arguments.split_whitespace())
    }

    /// A shell script with the program as `"$0"`.
    pub fn script(&self, script: &str) -> Leakdex {
        self.surround(Leakdex::script(self.folder(), script))
    }

    /// The environment of every call: index, key, and nothing of the user's.
    pub fn surround(&self, call: Leakdex) -> Leakdex {
        call.env("LEAKDEX_INDEX", "index")
            .env("LEAKDEX_KEY_FILE", "key")
            .env("HOME", self.folder())
            .env("TMPDIR", self.folder())
    }

    /// Everything in the directory, by path. Of the lock file only the name: it holds the last writer's process id.
    pub fn state(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut state = BTreeMap::new();
        collect(self.folder(), &mut state);
        state
    }

    /// The segment files of the index, in the order of their names.
    pub fn segments(&self) -> Vec<PathBuf> {
        let listing = fs::read_dir(self.path("index")).expect("an index");
        let paths = listing.map(|entry| entry.expect("a readable folder").path());
        let mut segments: Vec<PathBuf> =
            paths.filter(|path| path.extension().is_some_and(|end| end == "ldx")).collect();
        segments.sort();
        segments
    }

    /// A call that must fail with exit code 2, an error and a hint with these parts, no value, and no trace.
    #[track_caller]
    pub fn refuses(&self, arguments: &str, error: &str, hint: &str) -> Outcome {
        self.refuses_call(self.leakdex(arguments), error, hint)
    }

    /// As [`Desk::refuses`], for any call.
    #[track_caller]
    pub fn refuses_call(&self, call: Leakdex, error: &str, hint: &str) -> Outcome {
        let before = self.state();
        let outcome = call.run_code(2);
        expect_error(&outcome, error, hint);
        assert!(self.state() == before, "the directory has changed\n{outcome}");
        outcome
    }
}

/// Expects the two lines of an error, with these parts, and no value.
#[track_caller]
pub fn expect_error(outcome: &Outcome, error: &str, hint: &str) {
    let text = outcome.stderr_text();
    let line_of = |head: &str| text.split("leakdex: ").find_map(|part| part.strip_prefix(head)).unwrap_or_default();
    assert!(line_of("error: ").contains(error), "no error with `{error}`\n{outcome}");
    assert!(line_of("hint: ").contains(hint), "no hint with `{hint}`\n{outcome}");
    expect_no_value(outcome);
}

/// Expects that neither output repeats a value of the files above.
#[track_caller]
pub fn expect_no_value(outcome: &Outcome) {
    let text = [&outcome.stdout, &outcome.stderr].map(|bytes| String::from_utf8_lossy(bytes).to_lowercase()).concat();
    let repeated: Vec<&&str> = VALUES.iter().filter(|value| text.contains(**value)).collect();
    assert!(repeated.is_empty(), "{repeated:?} in\n{outcome}");
}

fn collect(folder: &Path, state: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        let metadata = path.symlink_metadata().expect("a readable entry");
        if metadata.is_dir() {
            collect(&path, state);
            state.insert(path, Vec::new());
        } else {
            let holds_bytes = metadata.is_file() && !path.ends_with(".lock");
            let bytes = if holds_bytes { fs::read(&path).expect("a readable file") } else { Vec::new() };
            state.insert(path, bytes);
        }
    }
}

/// Random numbers from a seed (SplitMix64): the same in every run.
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A dump of many people: an address and a Chinese telephone each.
pub fn large_dump(seed: u64, rows: usize) -> String {
    let mut random = Random(seed);
    let mut text = String::from("email,phone\n");
    for _ in 0..rows {
        let (name, number) = (random.next(), random.below(100_000_000));
        text.push_str(&format!("{name:016x}@example.com,+86138{number:08}\n"));
    }
    text
}

//! The head of a job: what it is bound to, and how much of journal and data counts.
//!
//! All numbers are little-endian:
//!
//! ```text
//! magic 8 bytes, version u16, bits of a digest u8
//! tag of the breach 16 bytes, tags of the options 16 bytes each
//! journal: bytes u64, SHA-256;  data: bytes u64, SHA-256
//! records u64, finished inputs u64, inputs u64
//! registers of the estimate 4096 bytes
//! directory of the data: length u16, bytes; length 0 if they lie beside the head
//! keyed tag of the name of the job and everything before: 16 bytes
//! ```

use super::super::Config;
use super::super::record::Record;
use super::super::spill::Store;
use super::Id;
use super::journal::Place;
use crate::digest::{Key, Width};
use crate::index::Estimate;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const MAGIC: [u8; 8] = *b"LDJ1\r\n\x1a\n";
const VERSION: u16 = 3;
const REGISTERS: usize = 4096;
const TAG_BYTES: usize = 16;
/// The options that decide what is read out of an input, as people write them.
pub(super) const OPTIONS: [&str; 7] =
    ["the version of leakdex", "`--region`", "`--lenient`", "`--scope`", "`--encoding`", "`--map`", "`--plan`"];

/// What a job is bound to, in keyed tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Binding {
    pub(super) width: Width,
    pub(super) breach: Id,
    pub(super) options: [Id; OPTIONS.len()],
}

impl Binding {
    pub(in super::super) fn new(config: &Config, key: &Key, width: Width) -> Binding {
        let request = &config.request;
        let rules: Vec<String> =
            request.rules.iter().map(|rule| format!("{}={:?}\n", rule.column, rule.target)).collect();
        let plan = config.plan.as_ref().map(|plan| plan.to_toml());
        let options: [Vec<u8>; OPTIONS.len()] = [
            env!("CARGO_PKG_VERSION").into(),
            [&request.region.bytes()[..], &[u8::from(request.no_region)]].concat(),
            vec![u8::from(request.lenient)],
            request.scope_bytes(),
            config.source.encoding.clone().unwrap_or_default().to_lowercase().into(),
            rules.concat().into(),
            plan.unwrap_or_default().into(),
        ];
        let mut tags = [[0; 16]; OPTIONS.len()];
        for ((tag, name), value) in tags.iter_mut().zip(OPTIONS).zip(options) {
            *tag = key.tag(&format!("job option {name}"), &value);
        }
        Binding { width, breach: key.tag("breach", config.breach.as_bytes()), options: tags }
    }

    /// The first option that another one has differently.
    pub(super) fn difference(&self, other: &Binding) -> Option<&'static str> {
        let options = self.options.iter().zip(&other.options).zip(OPTIONS);
        options.filter(|((mine, theirs), _)| mine != theirs).map(|(_, name)| name).next()
    }

    /// The head of a job that has read nothing.
    pub(in super::super) fn first_head(&self, key: &Key, id: &str, temp_dir: Option<&Path>) -> Vec<u8> {
        let head = Head {
            binding: self.clone(),
            journal: Counted::default(),
            data: Counted::default(),
            records: 0,
            finished: 0,
            inputs: 0,
            estimate: Estimate::new(self.width),
        };
        head.encode(key, id, temp_dir)
    }
}

/// How much of a file counts, and its SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub bytes: u64,
    pub hash: [u8; 32],
}

/// What stands in the head.
pub(super) struct Head {
    pub binding: Binding,
    pub journal: Counted,
    pub data: Counted,
    /// Records of the finished inputs.
    pub records: u64,
    pub finished: u64,
    /// Inputs that were planned.
    pub inputs: u64,
    pub estimate: Estimate,
}

/// Why a head is none.
#[derive(Debug)]
pub(super) enum Fault {
    /// A program of another version has made it.
    Version,
    Damaged(&'static str),
}

impl Head {
    pub(super) fn new<R: Record>(
        binding: &Binding,
        journal: Place,
        store: &Store<R>,
        finished: usize,
        inputs: usize,
        estimate: &Estimate,
    ) -> Head {
        let hash = |file: &super::super::spill::Spill| file.hash.clone().map(finish).unwrap_or_default();
        Head {
            binding: binding.clone(),
            journal: Counted { bytes: journal.bytes, hash: finish(journal.hash) },
            data: store.file().map_or_else(Counted::default, |file| Counted { bytes: file.bytes, hash: hash(file) }),
            records: store.records(),
            finished: finished as u64,
            inputs: inputs as u64,
            estimate: estimate.clone(),
        }
    }

    pub(super) fn encode(&self, key: &Key, id: &str, temp_dir: Option<&Path>) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.push(self.binding.width.bits() as u8);
        bytes.extend(self.binding.breach);
        bytes.extend(self.binding.options.as_flattened());
        for counted in [self.journal, self.data] {
            bytes.extend(counted.bytes.to_le_bytes());
            bytes.extend(counted.hash);
        }
        for number in [self.records, self.finished, self.inputs] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.estimate.registers());
        let temp_dir = temp_dir.map_or(&[][..], |dir| dir.as_os_str().as_bytes());
        bytes.extend((temp_dir.len() as u16).to_le_bytes());
        bytes.extend(temp_dir);
        bytes.extend(tag(key, id, &bytes));
        bytes
    }

    /// Reads a head, and the directory of the data if that is another one.
    pub(super) fn decode(bytes: &[u8], key: &Key, id: &str) -> Result<(Head, Option<PathBuf>), Fault> {
        let (start, version) = (MAGIC.len(), MAGIC.len() + 2);
        if bytes.len() < version + TAG_BYTES || bytes[..start] != MAGIC {
            return Err(Fault::Damaged("its head is none"));
        }
        if bytes[start..version] != VERSION.to_le_bytes() {
            return Err(Fault::Version);
        }
        let (body, found) = bytes.split_at(bytes.len() - TAG_BYTES);
        if tag(key, id, body) != *found {
            return Err(Fault::Damaged("its head is damaged, or was made with another key"));
        }
        Head::take(&mut &body[version..]).map_err(|_| Fault::Damaged("its head is damaged"))
    }

    fn take(from: &mut &[u8]) -> io::Result<(Head, Option<PathBuf>)> {
        let [bits] = array(from)?;
        let width = Width::new(bits).ok_or(io::ErrorKind::InvalidData)?;
        let breach = array(from)?;
        let mut options = [[0; 16]; OPTIONS.len()];
        options.iter_mut().try_for_each(|option| array(from).map(|tag| *option = tag))?;
        let [journal, data] = [counted(from)?, counted(from)?];
        let [records, finished, inputs] = [number(from)?, number(from)?, number(from)?];
        let registers: [u8; REGISTERS] = array(from)?;
        let estimate = Estimate::from_registers(width, &registers).ok_or(io::ErrorKind::InvalidData)?;
        let mut temp_dir = vec![0; usize::from(u16::from_le_bytes(array(from)?))];
        from.read_exact(&mut temp_dir)?;
        let temp_dir = (!temp_dir.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(&temp_dir)));
        let binding = Binding { width, breach, options };
        Ok((Head { binding, journal, data, records, finished, inputs, estimate }, temp_dir))
    }
}

fn counted(from: &mut &[u8]) -> io::Result<Counted> {
    Ok(Counted { bytes: number(from)?, hash: array(from)? })
}

fn tag(key: &Key, id: &str, body: &[u8]) -> Id {
    key.tag("job", &[id.as_bytes(), &[0], body].concat())
}

pub(super) fn finish(hash: sha2::Sha256) -> [u8; 32] {
    use sha2::Digest as _;
    hash.finalize().into()
}

/// The next bytes.
pub(super) fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The next number.
pub(super) fn number(from: &mut impl Read) -> io::Result<u64> {
    array(from).map(u64::from_le_bytes)
}

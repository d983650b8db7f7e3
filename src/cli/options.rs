//! Arguments become what the library takes.

use super::args::{AccessArguments, IndexArguments, KeyArguments, MappingArguments};
use super::failure::Failure;
use crate::digest::{self, Key};
use crate::identifier::{Country, KindSpec};
use crate::index::{Access, Identity, Index, key_check};
use crate::plan::{PlanFile, Request, Rule, Tier, parse_kind};
use crate::source::{self, Passwords};
use std::path::Path;
use zeroize::Zeroizing;

/// The key that the arguments name; it never lies inside the index. Of a ring it is the key that the index was made with, or
/// rotated to: the ring without its last secrets, or all of it.
pub fn key(arguments: &KeyArguments, index: Option<&IndexArguments>) -> Result<Key, Failure> {
    optional_key(arguments, index)?.ok_or_else(no_key)
}

/// There has to be a key.
pub fn no_key() -> Failure {
    Failure::new(
        "no key is given",
        "give `--key-file FILE` (or LEAKDEX_KEY_FILE), `--key-command CMD` or `--key-fd N`; `leakdex key new FILE` makes a key",
    )
}

/// As [`key`], if the arguments name one.
pub fn optional_key(arguments: &KeyArguments, index: Option<&IndexArguments>) -> Result<Option<Key>, Failure> {
    let Some(key) = whole_key(arguments, index)? else { return Ok(None) };
    let then = index.map(|index| as_of_index(&key, index)).transpose()?.flatten();
    Ok(Some(then.unwrap_or(key)))
}

/// Of a ring, the key that an index has; none if that is all of it, or another key: then whoever opens the index says so.
pub fn as_of_index(key: &Key, index: &IndexArguments) -> Result<Option<Key>, Failure> {
    let Some(check) = key_check(&index.index).filter(|_| key.links() > 0) else { return Ok(None) };
    key.as_of(&check).map_err(|cause| Failure::new(format!("keeping the key in memory: {cause}"), "try again"))
}

/// Runs a command that opens an index with a key. If the key is a ring, and the index was rotated to another key of it between the
/// choice of the key and the opening, which may have waited for the rotation, the command is run again. No other error is a reason: what
/// was read from standard input, or what somebody has asked to stop, is not there a second time.
pub fn with_ring(
    arguments: &KeyArguments,
    index: &IndexArguments,
    mut run: impl FnMut() -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    loop {
        let before = key_check(&index.index);
        let result = run();
        let now = key_check(&index.index);
        // A descriptor gives a key once.
        let is_wrong_key = matches!(&result, Err(failure) if failure.is_wrong_key);
        if !is_wrong_key || before == now || before.is_none() || arguments.key_fd.is_some() {
            return result;
        }
        match whole_key(arguments, Some(index))? {
            Some(ring) if as_of_index(&ring, index)?.is_some() || now == Some(ring.check()) => (),
            _ => return result,
        }
    }
}

/// The key that the arguments name, if they name one; of a ring all of it.
pub fn whole_key(arguments: &KeyArguments, index: Option<&IndexArguments>) -> Result<Option<Key>, Failure> {
    if let Some(command) = &arguments.key_command {
        return Ok(Some(digest::run_command(command)?));
    }
    if let Some(descriptor) = arguments.key_fd {
        return Ok(Some(Key::from_descriptor(descriptor)?));
    }
    let Some(path) = &arguments.key_file else { return Ok(None) };
    if let Some(index) = index {
        digest::refuse_inside(path, &index.index)?;
    }
    Ok(Some(Key::open(path)?))
}

/// Opens the index with a key.
pub fn open_index(arguments: &IndexArguments, key: &Key, access: Access) -> Result<Index, Failure> {
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    Ok(Index::open(&arguments.index, Some(&identity), access)?)
}

/// How segments are read.
pub fn access(arguments: &AccessArguments) -> Access {
    if arguments.no_mmap { Access::Read } else { Access::Mapped }
}

/// Rules, region and scope.
pub fn request(arguments: &MappingArguments) -> Result<Request, Failure> {
    let rules = arguments.map.iter().map(|text| Rule::parse(text).map_err(|why| bad_option("--map", why)));
    Ok(Request {
        rules: rules.collect::<Result<_, _>>()?,
        region: region(arguments.region.as_deref())?,
        no_region: arguments.region.as_deref().is_some_and(is_no_region),
        lenient: arguments.lenient,
        scope: scope(arguments.scope.as_deref())?,
        ..Request::default()
    })
}

/// Reads a plan file.
pub fn plan(path: &Path) -> Result<PlanFile, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::new(format!("reading the plan `{}`: {cause}", path.display()), "check the path"))?;
    PlanFile::parse(&text).map_err(|why| {
        Failure::new(
            format!("reading the plan `{}`: {why}", path.display()),
            "correct it, or make it anew with `leakdex inspect -o PLAN`",
        )
    })
}

/// The kind that an option of a command names.
pub fn kind(text: Option<&str>, command: &str) -> Result<Option<KindSpec>, Failure> {
    let hint = format!("`leakdex help {command}` shows every option");
    text.map(parse_kind).transpose().map_err(|why| Failure::new(format!("reading `--kind`: {why}"), hint))
}

/// The tier that an option names.
pub fn tier(option: &str, name: Option<&str>) -> Result<Option<Tier>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let tier = Tier::ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(name));
    tier.map(Some).ok_or_else(|| bad_option(option, "give `exact`, `alias`, `loose` or `weak`".into()))
}

/// The country of a region option.
pub fn region(code: Option<&str>) -> Result<Country, Failure> {
    let Some(code) = code.filter(|code| !is_no_region(code)) else { return Ok(Country::NONE) };
    let country = Country::from_code(code).filter(|country| crate::identifier::is_region(*country));
    country.ok_or_else(|| {
        bad_option("--region", "give the two letters of a country, for example CN or US, or `none`".into())
    })
}

/// Whether a region option says that telephone numbers are compared without a country.
fn is_no_region(code: &str) -> bool {
    code.eq_ignore_ascii_case("none")
}

/// A scope that is not empty and not longer than a name.
pub fn scope(text: Option<&str>) -> Result<Option<String>, Failure> {
    const BYTES_MAX: usize = 1000;
    match text {
        Some(text) if text.trim().is_empty() => Err(bad_option("--scope", "it is empty".into())),
        Some(text) if text.len() > BYTES_MAX => Err(bad_option("--scope", "it is too long for a name".into())),
        text => Ok(text.map(String::from)),
    }
}

/// How sources are read.
pub fn source(arguments: &MappingArguments) -> Result<source::Options, Failure> {
    let archive_passwords = arguments.archive_password_file.as_deref().map(passwords).transpose()?.unwrap_or_default();
    Ok(source::Options { encoding: arguments.encoding.clone(), archive_passwords, ..source::Options::default() })
}

/// Passwords, one a line, without the line ends.
fn passwords(path: &Path) -> Result<Passwords, Failure> {
    let bytes = std::fs::read(path).map_err(|cause| {
        Failure::new(
            format!("reading the passwords in `{}`: {cause}", path.display()),
            "give a file with one password a line",
        )
    })?;
    let bytes = Zeroizing::new(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(Passwords::new(lines.filter(|line| !line.is_empty()).map(|line| Zeroizing::new(line.to_vec())).collect()))
}

/// The number of worker threads.
pub fn threads(wanted: Option<usize>) -> Result<usize, Failure> {
    const THREADS_MAX: usize = 1024;
    match wanted {
        Some(threads) if (1..=THREADS_MAX).contains(&threads) => Ok(threads),
        Some(_) => Err(bad_option("--threads", format!("give 1 to {THREADS_MAX}"))),
        None => Ok(std::thread::available_parallelism().map_or(1, |n| n.get())),
    }
}

/// A size such as `256M`, `2G` or `1GiB`, in bytes; units are powers of 1024.
pub fn memory(text: &str) -> Result<u64, Failure> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let shift = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        "t" | "tb" | "tib" => Some(40),
        _ => None,
    };
    let bytes = shift.zip(digits.parse::<u64>().ok()).and_then(|(shift, number)| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| bad_option("--memory", "give a number and a unit, for example 256M or 2G".into()))
}

/// A share such as `5%` or `0.05`, as a number from 0 to 1.
pub fn share(option: &'static str, text: &str) -> Result<f64, Failure> {
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().map(|number| number / whole);
    share
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| bad_option(option, "give a percentage, for example 5%".into()))
}

/// A date of the form YYYY, YYYY-MM or YYYY-MM-DD.
pub fn date(text: &str) -> Result<String, Failure> {
    date_of("--breach-date", text, false)
}

/// The date of an option; `whole` takes YYYY-MM-DD only.
pub fn date_of(option: &str, text: &str, whole: bool) -> Result<String, Failure> {
    let padded = match text.len() {
        4 if !whole => format!("{text}-01-01"),
        7 if !whole => format!("{text}-01"),
        _ => text.to_string(),
    };
    let forms = if whole { "YYYY-MM-DD" } else { "YYYY, YYYY-MM or YYYY-MM-DD" };
    if is_day(&padded) { Ok(text.to_string()) } else { Err(bad_option(option, format!("give {forms}"))) }
}

/// Whether a text is a day of the calendar, written `2021-07-31`.
pub fn is_day(text: &str) -> bool {
    text.len() == "2021-07-31".len() && text.parse::<jiff::civil::Date>().is_ok()
}

fn bad_option(option: &str, why: String) -> Failure {
    Failure::new(format!("reading `{option}`: {why}"), "`leakdex help COMMAND` shows every option")
}

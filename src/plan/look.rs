//! The plan of a source in which no column holds identifiers: a text that is searched, if a plain search finds some in it.
//!
//! A log, a page, a table whose addresses begin behind the sample: none of them has a column, and all of them can be searched. The
//! whole source is read for that, since it would not be read at all otherwise. Where nothing is found that can be taken, but most
//! lines hold what looks like identifiers (telephone numbers, pairs of password hashes), it is said that it may hold some.

use super::cells::may_be_identifier;
use super::found::NUMBERS;
use super::{Error, Plan};
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec, is_vouched};
use crate::source::{self, Description, Sample, SampleRow, Searched, Shape, Source};

/// So many numbers with check digits, and this share of all that are as long, are no accident.
const CODES_MIN: usize = 3;
const CODES_SHARE_MIN: f64 = 0.5;
/// The same for lines that look as if they held identifiers.
const LINES_MIN: usize = 3;
const LINES_SHARE_MIN: f64 = 0.5;

/// What a source was taken for.
#[derive(Debug)]
pub struct Looked {
    /// What it is; a text that is searched, if nothing else gives identifiers.
    pub description: Description,
    /// What the plan was made from.
    pub sample: Sample,
    /// How it is read.
    pub plan: Plan,
    /// Whether it may hold identifiers although no column does, and a search finds none that can be taken.
    pub may_hold: bool,
}

/// Makes the plan of a source, or of the text that is searched if it has no column with identifiers and `may_search`. `again` opens
/// the same source once more.
///
/// # Errors
/// Outside those of reading, inside those of `decide`.
pub fn look(
    source: Source,
    region: Country,
    may_search: bool,
    again: impl FnOnce() -> Result<Source, source::Error>,
    decide: impl Fn(Shape, &Sample) -> Result<Plan, Error>,
) -> Result<Result<Looked, Error>, source::Error> {
    let is_bare = |plan: &Plan, sample: &Sample| {
        // A first row with addresses in it names no columns.
        let has_rows = sample.rows.len() > usize::from(plan.header) || sample.head.0 > 0;
        may_search && has_rows && matches!(plan.require_decided(), Err(Error::NothingToRead))
    };
    let is_surveyed = source.is_surveyed();
    let (source, plan, before) = if is_surveyed {
        let (description, sample) = source.into_sample()?;
        let plan = match decide(description.shape, &sample) {
            Ok(plan) if is_bare(&plan, &sample) => plan,
            decided => return Ok(decided.map(|plan| Looked { description, sample, plan, may_hold: false })),
        };
        (again()?, plan, Some((description, sample)))
    } else {
        let plan = match decide(source.description().shape, source.sample()) {
            Ok(plan) => plan,
            Err(error) => return Ok(Err(error)),
        };
        if !is_bare(&plan, source.sample()) || source.description().shape == Shape::Found {
            let (description, sample) = source.into_sample()?;
            return Ok(Ok(Looked { description, sample, plan, may_hold: false }));
        }
        (source, plan, None)
    };
    let Searched { description, sample, before: head, found, codes, lines } = source.search()?;
    let mut canonicalizer = Canonicalizer::new();
    if found > 0 || are_codes(&codes, region, &mut canonicalizer) {
        let plan = decide(description.shape, &sample);
        return Ok(plan.map(|plan| Looked { description, sample, plan, may_hold: false }));
    }
    let may_hold = hold_identifiers(&lines, region, &mut canonicalizer);
    let (description, sample) = before.unwrap_or(head);
    Ok(Ok(Looked { description, sample, plan, may_hold }))
}

/// Whether most of the codes are numbers with check digits.
fn are_codes(codes: &SampleRow, region: Country, canonicalizer: &mut Canonicalizer) -> bool {
    let mut is_one = |value: &[u8]| {
        if value.starts_with(b"+") {
            return canonicalizer.canonicalize(KindSpec::new(Kind::Phone), Country::NONE, value).is_ok();
        }
        NUMBERS.into_iter().any(|kind| {
            let canonical = canonicalizer.canonicalize(KindSpec::new(kind), region, value);
            canonical.is_ok_and(|canonical| is_vouched(kind, &canonical))
        })
    };
    let good = codes.fields.iter().filter(|(_, code)| is_one(code)).count();
    good >= CODES_MIN && good as f64 >= CODES_SHARE_MIN * codes.fields.len() as f64
}

/// Whether most lines hold a word that may be an identifier.
fn hold_identifiers(lines: &[SampleRow], region: Country, canonicalizer: &mut Canonicalizer) -> bool {
    let mut holds = |line: &[u8]| {
        let mut words = line.split(|byte| byte.is_ascii_whitespace() || b",;|=&<>()\"'".contains(byte));
        has_two_hashes(line)
            || has_escaped_address(line)
            || words.any(|word| !word.is_empty() && may_be_identifier(word, region, canonicalizer))
    };
    let holding = lines.iter().filter(|line| line.fields.iter().any(|(_, text)| holds(text))).count();
    holding >= LINES_MIN && holding as f64 >= LINES_SHARE_MIN * lines.len() as f64
}

/// Whether two hashes of 16 bytes stand side by side: the two of a password in a dump of Windows accounts. One hash alone is that
/// of a file.
fn has_two_hashes(line: &[u8]) -> bool {
    const HASH_DIGITS: usize = 32;
    let is_hash = |part: &[u8]| part.len() == HASH_DIGITS && part.iter().all(u8::is_ascii_hexdigit);
    let parts: Vec<bool> = line.split(|byte| *byte == b':').map(is_hash).collect();
    parts.windows(2).any(|pair| pair == [true, true])
}

/// Whether an address stands there as in a URL: `anna%40example.com`.
fn has_escaped_address(line: &[u8]) -> bool {
    memchr::memmem::find_iter(line, b"%40").any(|at| {
        let domain = line[at + 3..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte));
        at > 0 && line[at - 1].is_ascii_alphanumeric() && domain.filter(|byte| **byte == b'.').count() > 0
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Request, Side, decide};
    use super::*;
    use crate::source::Options;
    use std::io::Cursor;

    /// What a text is taken for, how many rows its plan has, and whether it may hold something.
    fn check(text: &str, want: (Option<usize>, bool)) {
        let source = || Source::from_reader("t", Box::new(Cursor::new(text.to_owned())), &Options::default());
        let request = Request::default();
        let decide = |shape: Shape, sample: &Sample| decide(shape, sample, &request, Side::Dump);
        let looked = look(source().expect("a source"), Country::NONE, true, source, decide);
        let looked = looked.expect("a readable source").expect("a plan");
        let is_searched = looked.description.shape == Shape::Found;
        assert_eq!((is_searched.then_some(looked.sample.rows.len()), looked.may_hold), want, "{text:.200}");
        assert_eq!(looked.plan.shape, looked.description.shape);
    }

    #[test]
    fn what_holds_no_column_is_searched() {
        let rows = |row: &dyn Fn(usize) -> String, count: usize| (0..count).map(row).collect::<String>();
        let json = |n: usize| format!("{{\"id\":{n},\"msg\":\"{{\\\"email\\\": \\\"a{n}@example.com\\\"}}\"}}\n");
        check(&rows(&json, 60), (Some(60), false));
        let late = |n: usize| if n < 200_000 { format!("{n},v{n}\n") } else { format!("{n},a{n}@example.com\n") };
        check(&format!("id,value\n{}", rows(&late, 200_060)), (Some(60), false));
        check(&rows(&|n| format!("order {n} of 1HGBH41JXMN109186 is late\n"), 9), (Some(0), false));
        check("#!/bin/sh\necho\n", (None, false));
        check(&rows(&|n| format!("{n} 12345678901234567\n"), 20), (None, false));
        check(&rows(&|n| format!("d41d8cd98f00b204e9800998ecf8427e  part{n}.rar\n"), 20), (None, false));
        let windows = "aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0:::";
        check(&rows(&|n| format!("CORP\\user{n}:{n}:{windows}\n"), 20), (None, true));
        check(&rows(&|n| format!("email=a{n}%40example.com&pass=x\n"), 20), (None, true));
        check(&rows(&|n| format!("Anna{n} {n} +4915120216{:03} Berlin\n", n), 20), (Some(0), false));
    }
}

//! The counts of a finished input in the journal. Its description and columns are found again by planning.

use super::super::Planned;
use super::super::fate::{Addresses, BytesByFate};
use super::super::read::{Counts, FileReport};
use super::head::{array, number};
use crate::digest::Variant;
use crate::identifier::{Country, Form, Kind, KindSpec, Reason};
use crate::plan::NamespaceCounts;
use crate::source::Malformed;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// Why a record is rejected that has no field at all.
const WITHOUT_REASON: &str = "malformed";

/// The counts of a report.
pub(super) fn encode(report: &FileReport) -> Vec<u8> {
    // By name, so that a new field is not forgotten here.
    let FileReport {
        path: _,
        description: _,
        columns: _,
        header: _,
        bytes_read,
        bytes_size,
        records,
        accepted,
        rejected,
        counts,
        undecodable,
        nul_bytes,
        foreign_runs,
        trailing_garbage_bytes,
        bytes,
        addresses,
        other_records,
        blank_lines,
        resynchronised,
        found,
        found_unplanned,
        unplanned,
        fingerprint,
    } = report;
    let mut out = fingerprint.to_le_bytes().to_vec();
    let numbers = [
        *bytes_read,
        u64::from(bytes_size.is_some()),
        bytes_size.unwrap_or_default(),
        *records,
        *accepted,
        *undecodable,
        *nul_bytes,
        *foreign_runs,
        *trailing_garbage_bytes,
        bytes.accepted,
        bytes.rejected,
        bytes.skipped,
        bytes.resynchronised,
        bytes.text,
        bytes.empty,
        bytes.long,
        addresses.searched,
        addresses.planned,
        *other_records,
        *blank_lines,
        *resynchronised,
        *found,
        u64::from(*found_unplanned),
        *unplanned,
    ];
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    put_reasons(rejected.iter().map(|(reason, count)| (*reason, *count)), &mut out);
    out.extend((counts.len() as u16).to_le_bytes());
    for (spec, counts) in counts {
        out.push(spec.kind.id());
        out.extend(spec.country.bytes());
        out.push(spec.form as u8);
        out.extend(counts.accepted.to_le_bytes());
        out.extend(counts.digests.iter().flat_map(|number| number.to_le_bytes()));
        put_reasons(counts.refused.iter().map(|(reason, count)| (reason.name(), *count)), &mut out);
    }
    out
}

/// The report of an input with these counts.
///
/// # Errors
/// If they are none.
pub(super) fn decode(input: &Planned, bytes: &[u8]) -> io::Result<FileReport> {
    let from = &mut &bytes[..];
    let fingerprint = u128::from_le_bytes(array(from)?);
    let mut next = || number(from);
    let (bytes_read, has_size, size) = (next()?, next()?, next()?);
    let (records, accepted, undecodable, nul_bytes) = (next()?, next()?, next()?, next()?);
    let (foreign_runs, trailing_garbage_bytes) = (next()?, next()?);
    let (accepted_bytes, rejected_bytes, skipped, resynchronised, text) = (next()?, next()?, next()?, next()?, next()?);
    let bytes = BytesByFate {
        accepted: accepted_bytes,
        rejected: rejected_bytes,
        skipped,
        resynchronised,
        text,
        empty: next()?,
        long: next()?,
    };
    let addresses = Addresses { searched: next()?, planned: next()? };
    let (other_records, blank_lines, resynchronised) = (next()?, next()?, next()?);
    let (found, found_unplanned, unplanned) = (next()?, next()? > 0, next()?);
    Ok(FileReport {
        path: input.shown.clone(),
        description: input.description.clone(),
        columns: input.plan.columns.clone(),
        header: input.plan.header,
        bytes_read,
        bytes_size: (has_size > 0).then_some(size),
        records,
        accepted,
        rejected: take_reasons(from)?,
        counts: take_counts(from)?,
        undecodable,
        nul_bytes,
        foreign_runs,
        trailing_garbage_bytes,
        bytes,
        addresses,
        other_records,
        blank_lines,
        resynchronised,
        found,
        found_unplanned,
        unplanned,
        fingerprint,
    })
}

/// Fingerprint and size of an input with these counts.
pub(super) fn fingerprint(mut bytes: &[u8]) -> io::Result<(u128, u64)> {
    Ok((u128::from_le_bytes(array(&mut bytes)?), number(&mut bytes)?))
}

fn take_counts(from: &mut &[u8]) -> io::Result<Counts> {
    let count = u16::from_le_bytes(array(from)?);
    let mut counts = Counts::new();
    for _ in 0..count {
        let [kind] = array(from)?;
        let kind = Kind::from_id(kind).ok_or(io::ErrorKind::InvalidData)?;
        let country = Country::from_bytes(array(from)?).ok_or(io::ErrorKind::InvalidData)?;
        let [form] = array(from)?;
        let form = Form::ALL.get(usize::from(form)).copied().ok_or(io::ErrorKind::InvalidData)?;
        let accepted = number(from)?;
        let mut digests = [0; Variant::ALL.len()];
        digests.iter_mut().try_for_each(|count| number(from).map(|number| *count = number))?;
        let refused = take_reasons(from)?.into_iter();
        let refused = refused.filter_map(|(name, count)| Some((reason(name)?, count))).collect();
        counts.insert(KindSpec { kind, country, form }, NamespaceCounts { accepted, digests, refused });
    }
    Ok(counts)
}

/// Reasons by name, so that the order of a list in code is no format.
fn put_reasons<'a>(reasons: impl ExactSizeIterator<Item = (&'a str, u64)>, out: &mut Vec<u8>) {
    out.push(reasons.len() as u8);
    for (name, count) in reasons {
        out.push(name.len() as u8);
        out.extend(name.as_bytes());
        out.extend(count.to_le_bytes());
    }
}

fn take_reasons(from: &mut &[u8]) -> io::Result<BTreeMap<&'static str, u64>> {
    let [count] = array(from)?;
    let mut reasons = BTreeMap::new();
    for _ in 0..count {
        let [length] = array(from)?;
        let mut name = vec![0; usize::from(length)];
        from.read_exact(&mut name)?;
        let known = names().find(|known| known.as_bytes() == name).ok_or(io::ErrorKind::InvalidData)?;
        reasons.insert(known, number(from)?);
    }
    Ok(reasons)
}

fn names() -> impl Iterator<Item = &'static str> {
    let fields = Reason::ALL.into_iter().map(Reason::name);
    fields.chain(Malformed::ALL.into_iter().map(Malformed::name)).chain([WITHOUT_REASON])
}

fn reason(name: &str) -> Option<Reason> {
    Reason::ALL.into_iter().find(|reason| reason.name() == name)
}

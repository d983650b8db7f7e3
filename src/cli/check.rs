//! `leakdex check`.
//!
//! A few look-ups need a few chunks of a segment: they are read, not mapped. A mapping would bring in what lies around them,
//! and would end the process if somebody truncates the file.

use super::args::CheckArguments;
use super::failure::{DONE, FOUND, Failure, INCOMPLETE, stdout_failure};
use super::{console, options};
use crate::digest::Key;
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec, Reason};
use crate::index::{Access, Index};
use crate::plan::parse_kind;
use crate::query::{self, Answers, Covered, Gap};
use crate::report::{check_json, escaped};
use std::collections::BTreeSet;
use std::io::{self, BufRead, Read, Write};
use zeroize::Zeroizing;

/// An identifier longer than this is none.
const VALUE_BYTES_MAX: u64 = 1 << 16;

/// What is asked, and of what.
struct Asker<'a> {
    index: &'a Index,
    key: &'a Key,
    covered: Covered,
    kind: Option<KindSpec>,
    region: Country,
    scope: Vec<u8>,
    json: bool,
    found: bool,
    incomplete: bool,
    damage: BTreeSet<String>,
}

pub fn run(arguments: &CheckArguments) -> Result<u8, Failure> {
    let kind = arguments.kind.as_deref().map(parse_kind).transpose();
    let kind = kind
        .map_err(|why| Failure::new(format!("reading `--kind`: {why}"), "`leakdex help check` shows every option"))?;
    let scope = options::scope(arguments.scope.as_deref())?;
    let scope = scope.as_deref().map(crate::identifier::canonical_scope).unwrap_or_default();
    let region = options::region(arguments.region.as_deref())?;
    let key = options::key(&arguments.key, Some(&arguments.index))?;
    let index = options::open_index(&arguments.index, &key, Access::ReadFew)?;
    let covered = Covered::new(&index, &key, &scope, &arguments.breach)?;
    let json = arguments.json;
    let mut asker = Asker {
        index: &index,
        key: &key,
        covered,
        kind,
        region,
        scope,
        json,
        found: false,
        incomplete: false,
        damage: BTreeSet::new(),
    };
    if arguments.ids.is_empty() {
        asker.ask_lines(io::stdin().lock())?;
    } else {
        arguments.ids.iter().enumerate().try_for_each(|(i, value)| asker.ask(i + 1, value))?;
    }
    Ok(match (asker.incomplete, asker.found && arguments.exit_code) {
        (true, _) => INCOMPLETE,
        (false, true) => FOUND,
        (false, false) => DONE,
    })
}

impl Asker<'_> {
    fn ask_lines(&mut self, mut input: impl BufRead) -> Result<(), Failure> {
        let mut line = Zeroizing::new(Vec::new());
        for number in 1.. {
            line.clear();
            let read = input.by_ref().take(VALUE_BYTES_MAX).read_until(b'\n', &mut line);
            let read = read.map_err(|cause| Failure::new(format!("reading standard input: {cause}"), "try again"))?;
            if read == 0 {
                break;
            }
            let text = Zeroizing::new(String::from_utf8_lossy(&line).into_owned());
            self.ask(number, text.trim_end_matches(['\r', '\n']))?;
        }
        Ok(())
    }

    /// Asks one value as every kind that it can be.
    fn ask(&mut self, number: usize, value: &str) -> Result<(), Failure> {
        let mut lines = Vec::new();
        let kinds = self.kinds(value);
        if kinds.is_empty() {
            return console::output(|out| self.write_no_kind(out, number, value)).map_err(stdout_failure);
        }
        for spec in kinds {
            let answers = query::check(self.index, self.key, &self.covered, spec, self.region, &self.scope, value);
            self.say_damage(&answers);
            let gap = self.covered.of_any_country(spec).err();
            self.found |= !answers.exposures.is_empty();
            self.incomplete |= gap.is_some_and(|gap| gap != Gap::NotHeld || self.kind.is_some());
            lines.push((spec, answers, gap));
        }
        console::output(|out| lines.iter().try_for_each(|line| self.write(out, number, line))).map_err(stdout_failure)
    }

    /// Says on standard error, once each, what is damaged.
    fn say_damage(&mut self, answers: &Answers) {
        self.incomplete |= !answers.scope.damage.is_empty();
        for damage in &answers.scope.damage {
            if self.damage.insert(damage.clone()) {
                console::notes(false, |out| {
                    writeln!(out, "DAMAGED: {}", escaped(damage))?;
                    writeln!(out, "hint: run `leakdex verify` to see what else is damaged; what it hides is unknown")
                });
            }
        }
    }

    /// The kind given, or all that accept the value.
    fn kinds(&self, value: &str) -> Vec<KindSpec> {
        if let Some(kind) = self.kind {
            return vec![kind];
        }
        let mut canonicalizer = Canonicalizer::new();
        let unscoped = Kind::ALL.into_iter().filter(|kind| !kind.needs_scope() && *kind != Kind::NameDob);
        let mut accepts = |spec: &KindSpec| canonicalizer.canonicalize(*spec, self.region, value.as_bytes()).is_ok();
        unscoped.map(KindSpec::new).filter(|spec| accepts(spec)).collect()
    }

    /// A value that no kind accepts is unknown, and says why if it stands for no value at all.
    fn write_no_kind(&self, out: &mut dyn Write, number: usize, value: &str) -> io::Result<()> {
        let mut canonicalizer = Canonicalizer::new();
        let reasons =
            Kind::ALL.map(|kind| canonicalizer.canonicalize(KindSpec::new(kind), self.region, value.as_bytes()).err());
        let stands_for_nothing =
            |reason: &Reason| matches!(reason, Reason::Empty | Reason::Placeholder | Reason::Masked);
        let reason = reasons.into_iter().flatten().find(stands_for_nothing);
        let reason = reason.map_or("no_kind_accepts_it", |reason| reason.name());
        if self.json {
            let line = serde_json::json!({"number": number, "kind": null, "answer": "unknown", "reason": reason, "exposures": []});
            return writeln!(out, "{line}");
        }
        writeln!(out, "{number}\t-\tunknown\t{}", reason.replace('_', " "))
    }

    fn write(
        &self,
        out: &mut dyn Write,
        number: usize,
        (spec, answers, gap): &(KindSpec, Answers, Option<Gap>),
    ) -> io::Result<()> {
        let breaches = self.index.breaches();
        if self.json {
            let line = check_json(number, spec.kind.name(), answers, gap.map(Gap::name), breaches);
            return writeln!(out, "{line}");
        }
        let kind = spec.kind.name();
        for exposure in &answers.exposures {
            let breach = &breaches[exposure.breach];
            let classes: Vec<&str> = exposure.classes.classes().map(|class| class.name()).collect();
            let date = breach.breach_date.as_deref().map(|date| format!(" ({date})")).unwrap_or_default();
            let (name, tier, classes) = (escaped(&breach.name), exposure.tier.name(), classes.join("; "));
            writeln!(out, "{number}\t{kind}\texposed\t{name}{date}, {tier}: {classes}")?;
        }
        let reason = gap.map(Gap::name).or(answers.unknowns.first().map(|unknown| unknown.reason));
        match (answers.exposures.is_empty(), reason) {
            (true, Some(reason)) => writeln!(out, "{number}\t{kind}\tunknown\t{}", reason.replace('_', " ")),
            (true, None) => writeln!(out, "{number}\t{kind}\tnot found\t{}", self.asked(*spec)),
            (false, _) => Ok(()),
        }
    }

    /// In how many breaches the value could have been found.
    fn asked(&self, spec: KindSpec) -> String {
        let covering = self.covered.of_any_country(spec).map_or(0, |breaches| breaches.len());
        format!("in {covering} of {} breaches that could hold it", self.index.breaches().len())
    }
}

//! `leakdex check`.
//!
//! A few look-ups need a few chunks of a segment: they are read, not mapped. A mapping would bring in what lies around them,
//! and would end the process if somebody truncates the file.

use super::args::CheckArguments;
use super::failure::{DONE, FOUND, Failure, INCOMPLETE, stdout_failure};
use super::{console, input, options};
use crate::digest::Key;
use crate::identifier::{Canonicalizer, Kind, KindSpec, Reason};
use crate::index::{Access, Breach, Index};
use crate::plan::{Tier, kinds_of_value};
use crate::query::{self, Answers, Covered, Gap, Question};
use crate::report::{check_json, count, escaped, incomplete_words};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// What is asked, and of what.
struct Asker<'a> {
    index: &'a Index,
    key: &'a Key,
    covered: Covered,
    kind: Option<KindSpec>,
    /// How everything is asked for; as what, every value decides unless `kind` does.
    question: Question,
    json: bool,
    found: bool,
    incomplete: bool,
    damage: BTreeSet<String>,
    /// The incomplete breaches that were named.
    told: BTreeSet<String>,
}

pub fn run(arguments: &CheckArguments) -> Result<u8, Failure> {
    let kind = options::kind(arguments.kind.as_deref(), "check")?;
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
        question: Question { spec: KindSpec::new(Kind::Email), region, scope, lenient: arguments.lenient },
        json,
        found: false,
        incomplete: false,
        damage: BTreeSet::new(),
        told: BTreeSet::new(),
    };
    if arguments.ids.is_empty() {
        input::each_line(io::stdin().lock(), &mut |number, value| asker.ask(number, value))?;
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
    /// Asks one value as every kind that it can be.
    fn ask(&mut self, number: usize, value: &str) -> Result<(), Failure> {
        let mut lines = Vec::new();
        let kinds = self.kinds(value);
        if kinds.is_empty() {
            return console::output(|out| self.write_no_kind(out, number, value)).map_err(stdout_failure);
        }
        for spec in kinds {
            let question = Question { spec, ..self.question.clone() };
            let answers = query::check(self.index, self.key, &self.covered, &question, value);
            self.say_damage(&answers);
            // What is forgotten is so wherever it could be held.
            let gap = self.covered.of_any_country(spec).err().filter(|_| !answers.has_suppressed());
            self.found |= answers.exposures.iter().any(|exposure| exposure.tier <= Tier::COUNTED);
            self.incomplete |= gap.is_some_and(|gap| gap != Gap::NotHeld || self.kind.is_some());
            self.say_incomplete(spec);
            lines.push((spec, answers, gap));
        }
        console::output(|out| lines.iter().try_for_each(|line| self.write(out, number, line))).map_err(stdout_failure)
    }

    /// The breaches that could hold a kind, and of which not everything was read.
    fn incomplete_of(&self, spec: KindSpec) -> Vec<&Breach> {
        let covering = self.covered.of_any_country(spec).unwrap_or_default();
        let breaches = self.index.breaches();
        covering.iter().map(|place| &breaches[*place]).filter(|breach| breach.incomplete).collect()
    }

    /// Says on standard error, once each, which breaches are incomplete: what is not found in them may be there.
    fn say_incomplete(&mut self, spec: KindSpec) {
        let told: Vec<(String, String)> = self
            .incomplete_of(spec)
            .into_iter()
            .map(|breach| {
                (
                    breach.name.clone(),
                    format!("`{}` is incomplete: {}", escaped(&breach.name), incomplete_words(breach)),
                )
            })
            .collect();
        self.incomplete |= !told.is_empty();
        for (name, words) in told {
            if self.told.insert(name) {
                console::note(false, &words);
            }
        }
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
        kinds_of_value(value.as_bytes(), self.question.region, self.question.lenient)
    }

    /// A value that no kind accepts is unknown, and says why if it stands for no value at all.
    fn write_no_kind(&self, out: &mut dyn Write, number: usize, value: &str) -> io::Result<()> {
        let mut canonicalizer = Canonicalizer::new();
        let reasons = Kind::ALL
            .map(|kind| canonicalizer.canonicalize(KindSpec::new(kind), self.question.region, value.as_bytes()).err());
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
            let mut line = check_json(number, &spec.name(), answers, gap.map(Gap::name), breaches);
            line["incomplete"] = self.incomplete_of(*spec).into_iter().map(|breach| breach.name.as_str()).collect();
            return writeln!(out, "{line}");
        }
        let kind = spec.name();
        for exposure in &answers.exposures {
            let breach = &breaches[exposure.breach];
            let classes: Vec<&str> = exposure.classes.classes().map(|class| class.name()).collect();
            let date = breach.breach_date.as_deref().map(|date| format!(" ({date})")).unwrap_or_default();
            let (name, tier, classes) = (escaped(&breach.name), exposure.tier.name(), classes.join("; "));
            let records = match (exposure.kind.is_counted(), exposure.records) {
                (false, _) => String::new(),
                (true, 1) => "1 record, ".to_string(),
                (true, n) => format!("{} records, ", count(n)),
            };
            writeln!(out, "{number}\t{kind}\texposed\t{name}{date}, {records}{tier}: {classes}")?;
        }
        let reason = gap.map(Gap::name).or(answers.unknowns.first().map(|unknown| unknown.reason));
        match (answers.exposures.is_empty(), reason) {
            (true, Some(reason)) => writeln!(out, "{number}\t{kind}\tunknown\t{}", reason.replace('_', " ")),
            (true, None) => writeln!(out, "{number}\t{kind}\tnot found\t{}", self.asked(*spec)),
            // The numbers may be too low.
            (false, Some(reason)) if spec.kind.is_counted() => {
                writeln!(out, "{number}\t{kind}\tmaybe more\t{}", reason.replace('_', " "))
            }
            (false, _) => Ok(()),
        }
    }

    /// In how many breaches the value could have been found.
    fn asked(&self, spec: KindSpec) -> String {
        let covering = self.covered.of_any_country(spec).map_or(0, |breaches| breaches.len());
        let asked = format!("in {covering} of {} breaches that could hold it", self.index.breaches().len());
        match self.incomplete_of(spec).len() {
            0 => asked,
            incomplete => format!("{asked}; {incomplete} incomplete"),
        }
    }
}

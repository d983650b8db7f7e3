//! `leakdex inspect`.

use super::args::InspectArguments;
use super::failure::{DONE, Failure, INCOMPLETE, stdout_failure};
use super::outfile::{Inputs, OutFile};
use super::{console, options};
use crate::plan::{self, Looked, PlanFile, Request, Side, decide, look};
use crate::report::{count, escaped, write_inspect};
use crate::source::{self, Contents, Input, Member, Options, Sample, Source, contents, discover};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Files of one group that are shown one by one; of the others only the number.
const SHOWN_OF_GROUP: u64 = 3;

pub fn run(arguments: &InspectArguments) -> Result<u8, Failure> {
    if let Some(place) = &arguments.at {
        return show_place(place).map(|()| DONE);
    }
    let discovered = discover(&arguments.paths)?;
    let mut inspection = Inspection {
        request: options::request(&arguments.mapping)?,
        source: options::source(&arguments.mapping)?,
        file: PlanFile::default(),
        groups: BTreeMap::new(),
        code: DONE,
    };
    let inputs = Inputs::new(discovered.inputs.iter().map(|input| input.path.as_path()));
    let inputs = inputs.and_passwords(&arguments.mapping);
    let create = |path| OutFile::create(path, arguments.force, &inputs);
    let output = arguments.output.as_deref().map(create).transpose()?;
    for input in &discovered.inputs {
        inspection.look_at(input)?;
    }
    inspection.end(&discovered.notices)?;
    if let Some((output, mut buffer)) = output {
        buffer.write_all(inspection.file.to_toml().as_bytes()).map_err(|cause| output.failure(&cause))?;
        output.complete(buffer)?;
        output.publish()?;
    }
    Ok(inspection.code)
}

/// What was seen so far.
struct Inspection {
    request: Request,
    source: Options,
    file: PlanFile,
    /// Of every group, by its signature, the first file and how many there are.
    groups: BTreeMap<String, (String, u64)>,
    code: u8,
}

impl Inspection {
    /// Looks at one input. What cannot be read in a directory or an archive is said, and hides nothing beside it.
    fn look_at(&mut self, input: &Input) -> Result<(), Failure> {
        let (mut is_told, mut unread) = (input.found, Vec::new());
        match contents(&input.path, &self.source) {
            Ok(Contents::Plain) => {
                let source = Source::open(&input.path, &self.source);
                unread.extend(self.show(&input.path.to_string_lossy(), source, (input, None))?.err());
            }
            Ok(Contents::Members(members)) => {
                for (number, member) in members.enumerate() {
                    let shown = match member {
                        Ok(Member { name, reader, .. }) => {
                            let source = Source::from_reader(&name, reader, &self.source);
                            self.show(&name, source, (input, Some(number)))?
                        }
                        Err(error) => Err(error),
                    };
                    // A picture in an archive is no dump, and no error.
                    is_told |= matches!(shown, Ok(()) | Err(source::Error::Binary { .. }));
                    unread.extend(shown.err());
                }
            }
            Err(error) => unread.push(error),
        }
        for error in unread {
            if !is_told {
                return Err(error.into());
            }
            self.code = INCOMPLETE;
            say(&format!("not read: {error}"))?;
        }
        Ok(())
    }

    /// Shows what is in a source, unless that cannot be read.
    fn show(
        &mut self,
        name: &str,
        source: Result<Source, source::Error>,
        (input, member): (&Input, Option<usize>),
    ) -> Result<Result<(), source::Error>, Failure> {
        let decide = |shape, sample: &Sample| decide(shape, sample, &self.request, Side::Dump);
        let may_search = !self.request.names_columns();
        let again = || source::open_again(&input.path, member, &self.source);
        let Looked { description, sample, plan, may_hold } =
            match source.and_then(|source| look(source, self.request.region, may_search, again, decide)) {
                Ok(looked) => looked?,
                Err(error) => return Ok(Err(error)),
            };
        if !plan.problems().is_empty() || may_hold {
            self.code = INCOMPLETE;
        }
        self.file.add(name, &description, &sample, &plan);
        let (_, files) = self.groups.entry(plan::signature(&sample, &plan)).or_insert_with(|| (name.to_string(), 0));
        *files += 1;
        if *files <= SHOWN_OF_GROUP {
            console::output(|out| write_inspect(out, name, &description, &sample, &plan)).map_err(stdout_failure)?;
            if may_hold {
                say("  ? no column holds identifiers, and it may hold some: name a column with `--map COLUMN=KIND`")?;
            }
        }
        Ok(Ok(()))
    }

    /// Says how many files were not shown, and what was passed over.
    fn end(&self, notices: &[String]) -> Result<(), Failure> {
        console::output(|out| {
            for (name, files) in self.groups.values().filter(|(_, files)| *files > SHOWN_OF_GROUP) {
                writeln!(out, "and {} more files like `{}`", count(files - SHOWN_OF_GROUP), escaped(name))?;
            }
            notices.iter().try_for_each(|notice| writeln!(out, "passed over {notice}"))
        })
        .map_err(stdout_failure)
    }
}

fn say(line: &str) -> Result<(), Failure> {
    console::output(|out| writeln!(out, "{line}")).map_err(stdout_failure)
}

/// Shows the bytes around a place of a file on the operator's own screen: control characters escaped, nothing masked.
fn show_place(place: &str) -> Result<(), Failure> {
    const BEFORE: u64 = 200;
    const SHOWN: u64 = 1000;
    let wrong = || {
        Failure::new("reading `--at`: write it as FILE:OFFSET", "the offset is a number of bytes, as reports give it")
    };
    let (path, offset) = place.rsplit_once(':').ok_or_else(wrong)?;
    let offset: u64 = offset.parse().map_err(|_| wrong())?;
    let failed = |cause| Failure::new(format!("reading `{}`: {cause}", escaped(path)), "check the path and the offset");
    let mut file = File::open(Path::new(path)).map_err(failed)?;
    let begin = offset.saturating_sub(BEFORE);
    file.seek(SeekFrom::Start(begin)).map_err(failed)?;
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    file.take(offset - begin + SHOWN).read_to_end(&mut bytes).map_err(failed)?;
    let split = ((offset - begin) as usize).min(bytes.len());
    let (before, after) = bytes.split_at(split);
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    // Line ends as they are: whoever looks wants to see lines.
    let shown = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .split('\n')
            .map(|line| escaped(line.trim_end_matches('\r')))
            .collect::<Vec<_>>()
            .join("\n")
    };
    say(&format!("byte {offset} of `{}`, after `>>>`:\n{}>>>{}", escaped(path), shown(&before[line..]), shown(after)))
}

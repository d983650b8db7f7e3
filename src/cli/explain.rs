//! `leakdex explain`: needs neither index nor key.

use super::args::ExplainArguments;
use super::failure::{DONE, Failure, stdout_failure};
use super::{console, input, options};
use crate::identifier::{Country, KindSpec};
use crate::plan::{Explanation, explain};
use crate::report::{explanation_json, write_explanations};
use std::io;

pub fn run(arguments: &ExplainArguments) -> Result<u8, Failure> {
    let kind = options::kind(arguments.kind.as_deref(), "explain")?;
    let region = options::region(arguments.region.as_deref())?;
    let mut say = |number: usize, value: &str| say(arguments, kind, region, number, value);
    if arguments.values.is_empty() {
        input::each_line(io::stdin().lock(), &mut say)?;
    } else {
        arguments.values.iter().enumerate().try_for_each(|(i, value)| say(i + 1, value))?;
    }
    Ok(DONE)
}

fn say(
    arguments: &ExplainArguments,
    kind: Option<KindSpec>,
    region: Country,
    number: usize,
    value: &str,
) -> Result<(), Failure> {
    let explanations: Vec<Explanation> = explain(value.as_bytes(), kind, region, arguments.lenient);
    let written = console::output(|out| match arguments.json {
        true => writeln!(out, "{}", explanation_json(number, &explanations)),
        false => write_explanations(out, number, value.chars().count(), &explanations),
    });
    written.map_err(stdout_failure)
}

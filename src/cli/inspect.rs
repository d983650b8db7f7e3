//! `leakdex inspect`.

use super::args::InspectArguments;
use super::failure::{DONE, Failure, INCOMPLETE, stdout_failure};
use super::{console, options};
use crate::plan::{Side, decide};
use crate::report::write_inspect;
use crate::source::Source;

pub fn run(arguments: &InspectArguments) -> Result<u8, Failure> {
    let request = options::request(&arguments.mapping)?;
    let source_options = options::source(&arguments.mapping);
    let mut code = DONE;
    for path in &arguments.paths {
        let source = Source::open(path, &source_options)?;
        let (description, sample) = (source.description(), source.sample());
        let plan = decide(description.shape, sample, &request, Side::Dump)?;
        if !plan.problems().is_empty() {
            code = INCOMPLETE;
        }
        let name = path.to_string_lossy();
        console::output(|out| write_inspect(out, &name, description, sample, &plan)).map_err(stdout_failure)?;
    }
    Ok(code)
}

//! `leakdex ingest`.

use super::args::IngestArguments;
use super::failure::{DONE, Failure, INCOMPLETE};
use super::outfile::{Inputs, OutFile};
use super::progress::Display;
use super::{compact, console, options, process};
use crate::digest::Width;
use crate::ingest::{Config, RejectLog, Start, discard, ingest};
use crate::report::write_ingest;
use crate::source::{Input, discover};
use std::time::Duration;

pub fn run(arguments: &IngestArguments, quiet: bool) -> Result<u8, Failure> {
    if arguments.paths.is_empty() {
        return drop_job(arguments, quiet);
    }
    let discovered = discover(&arguments.paths)?;
    let inputs = Inputs::new(discovered.inputs.iter().map(|input| input.path.as_path()));
    let inputs = inputs.and_key(&arguments.write.key).and_index(arguments.write.dir());
    let create = |path| OutFile::create(path, false, &inputs);
    let log = arguments.reject_log.as_deref().map(create).transpose()?;
    let (log_file, buffer) = log.unzip();
    let mut config = config(arguments, discovered.inputs)?;
    config.reject_log = buffer.map(|buffer| RejectLog::new(Box::new(buffer)));
    let key = options::key(&arguments.write.key, Some(&arguments.write.index))?;
    let progress = process::stoppable()?;
    console::notes(quiet, |out| discovered.notices.iter().try_for_each(|notice| writeln!(out, "passed over {notice}")));
    let display = Display::start("ingest", &progress, quiet);
    let result = ingest(&config, &key, &progress);
    drop(display);
    let report = result?;
    let log_path = arguments.reject_log.as_deref().filter(|_| report.resumed.is_some());
    if let (Some(file), Some(log)) = (log_file, config.reject_log.take()) {
        log.end().map_err(|cause| file.failure(&cause))?;
        file.sync()?;
        file.publish()?;
    }
    console::notes(quiet, |out| write_ingest(out, &report, &config.breach, memory_peak()));
    if let Some(path) = log_path {
        console::note(
            quiet,
            &format!("`{}` lists what this run rejected, and not what the job had read", path.display()),
        );
    }
    if !arguments.no_compact && !arguments.dry_run {
        compact::after_ingest(arguments, &key, &progress, quiet);
    }
    Ok(if report.incomplete { INCOMPLETE } else { DONE })
}

/// Drops the interrupted ingest of a breach.
fn drop_job(arguments: &IngestArguments, quiet: bool) -> Result<u8, Failure> {
    let key = options::key(&arguments.write.key, Some(&arguments.write.index))?;
    let progress = process::stoppable()?;
    for id in discard(arguments.write.dir(), &arguments.breach, &key, arguments.write.waiting(&progress))? {
        console::note(quiet, &format!("job `{id}` is dropped"));
    }
    Ok(DONE)
}

/// The most memory that the process had at any time, in bytes, where the system tells it.
fn memory_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn config(arguments: &IngestArguments, inputs: Vec<Input>) -> Result<Config, Failure> {
    Ok(Config {
        inputs,
        plan: arguments.plan.as_deref().map(options::plan).transpose()?,
        index: arguments.write.dir().to_path_buf(),
        breach: arguments.breach.clone(),
        title: arguments.title.clone(),
        breach_date: arguments.breach_date.as_deref().map(options::date).transpose()?,
        request: options::request(&arguments.mapping)?,
        source: options::source(&arguments.mapping)?,
        reject_log: None,
        append: arguments.append,
        rejects_max: options::share("--max-rejects", &arguments.max_rejects)?,
        dry_run: arguments.dry_run,
        threads: options::threads(arguments.threads)?,
        memory: options::memory(&arguments.memory)?,
        temp_dir: arguments.temp_dir.clone(),
        width: Width::DEFAULT,
        start: match (arguments.resume, arguments.discard) {
            (true, _) => Start::Resume,
            (_, true) => Start::Discard,
            _ => Start::Fresh,
        },
        save_every: Duration::from_secs(arguments.save_every),
        wait: arguments.write.wait(),
    })
}

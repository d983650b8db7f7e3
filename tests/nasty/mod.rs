//! The nastiest inputs, one by one, through the program as its users run it: the exit code, every count, no value shown, memory
//! bounded, and nothing half written.
//!
//! | input | test | what is expected |
//! |---|---|---|
//! | 1 a line of 4 GB | `records::a_line_of_gigabytes_costs_itself` | it is rejected as too long, at its place; memory is bounded |
//! | 2 a quote that nobody closes | `records::an_open_quote_costs_its_record_and_is_placed`, `records::one_quote_at_the_begin_costs_nothing_behind_it`, `csv::open_quotes` | it costs its record; addresses in that are found all the same |
//! | 3 NUL bytes | `text::nul_bytes_in_and_between_fields_are_removed_and_counted` | removed and counted; a file of nothing else is no text |
//! | 4 UTF-16, byte order marks | `text::marks_are_no_part_of_the_first_column`, `text::what_has_no_mark_is_known_by_its_bytes` | read, also without a mark |
//! | 5 GB18030, Windows-1251, mixed | `text::encodings_may_change_from_row_to_row` | told field by field; ASCII is found whatever stands beside it |
//! | 6 line ends of all kinds | `text::other_characters_end_no_line`, `text::what_has_no_mark_is_known_by_its_bytes` | LF, CR and both end a line, nothing else does |
//! | 7 changing delimiters, delimiters in passwords | `records::a_delimiter_that_changes_is_followed` | split behind the address |
//! | 8 ragged rows, empty and equal names | `records::ragged_rows_are_read_by_their_columns`, `cli::inputs::columns_that_are_not_there_are_refused` | columns by number; two of one name are told apart by it |
//! | 9 a header and no more, nothing, one byte, blank lines | `records::nearly_nothing_is_an_input_too`, `cli::inputs::inputs_without_a_record_are_refused` | see below |
//! | 10 what spreadsheets do to numbers | `values::what_is_spoilt_is_counted_and_never_hashed`, `values::twins_meet_and_strangers_do_not` | lost digits are refused and counted, guards are taken off |
//! | 11 Unicode twins | `values::twins_meet_and_strangers_do_not` | they meet; homoglyphs of other scripts do not |
//! | 12 lower-casing | `values::twins_meet_and_strangers_do_not` | by Unicode behind NFKC, in no locale: see below |
//! | 13 odd addresses | both tests of `values` | strict forms, folded ones at tier alias; 254 bytes at most |
//! | 14 numbers without a country | `values::a_number_without_a_country_is_never_guessed` | never guessed |
//! | 15 VINs, cards, IBANs that fail | `values::what_is_spoilt_is_counted_and_never_hashed` | counted by reason; O for 0 in a VIN meets at tier alias |
//! | 16 an INSERT of 100 MB in one line | `records::a_statement_of_a_hundred_megabytes_is_read_tuple_by_tuple` | a broken tuple costs itself and its neighbour |
//! | 17 JSON: nesting, equal keys, surrogates, numbers, long texts | `records::json_that_nobody_means_costs_itself` | rejected by reason, and its addresses are found all the same |
//! | 18 bombs | `archives::bombs_are_stopped_and_leave_nothing`, `archives::lists_of_archives_are_only_words`, `archives::declared_sizes_are_only_words`, `archives::streams_of_several_members_are_whole_and_what_follows_is_told`, `workbooks::workbooks_that_stand_for_gigabytes_take_none` | stopped, in little memory |
//! | 19 cut and damaged streams | `archives::damaged_streams_leave_nothing` | refused with the place, nothing is written |
//! | 20 hostile names in archives | `archives::names_of_members_lead_nowhere_and_steer_nothing` | nothing is extracted; names are shown escaped |
//! | 21 pipes, sockets, devices, links, files that change | `files::what_is_no_regular_file_is_named_and_never_waited_for`, `files::a_file_that_changes_meanwhile_is_noticed`, `files::a_file_that_cannot_be_read_stops_the_ingest_and_leaves_nothing` | refused by name; see below |
//! | 22 the same file twice, links in circles | `files::the_same_file_by_several_names_is_read_once` | read once, and said |
//! | 23 formulas and control characters in cells | `lists::references_run_nothing_and_steer_nothing`, `lists::names_steer_no_terminal` | an apostrophe in front; escaped |
//! | 24 placeholders, equal values, wrong columns | `lists::blanks_and_placeholders_match_nothing`, `lists::every_row_of_equal_values_has_its_answer`, `lists::a_wrong_column_is_no_clean_scan` | unknown, never a match; every row answers; no exit code 0 |
//! | 25 index and key that do not belong together | the tests of `indexes`, `cli::keys::a_wrong_key_is_an_error_and_never_not_found` | refused or unknown, never "not found" |
//! | extra | `records::rows_of_thousands_of_columns_are_read_and_not_listed`, `files::moments_as_ids_are_no_numbers_of_people`, `files::a_hole_of_a_terabyte_takes_no_time`, `files::names_may_be_anything`, `files::a_list_that_ends_early_is_read_as_far_as_it_goes`, `files::surroundings_do_not_matter` | as the names say |
//!
//! Decided otherwise than one might: an input without any record (9) is an error and commits nothing, because a breach of nothing
//! would answer "not found" for ever; beside others it is said and passed over. Addresses are lower-cased by Unicode's default
//! (12), because providers and other checkers do, so that the Kelvin sign meets `k` and the Turkish dotless i does not meet `i`.
//! A file that cannot be read to its end (19, 21) stops the whole ingest and leaves nothing, also as one of a thousand: half a
//! dump looks like a whole one for as long as it is kept; `inspect` shows the others, says what it could not read, and ends
//! with 3. UTF-16 without a mark (4) is read and not asked for. A clock of 1970 or before
//! changes nothing, because nobody asks for the day: seen with `faketime`, and no test.
//!
//! With the environment variable `LEAKDEX_LONG` set to anything, the inputs have the size that they are named for: gigabytes, and
//! some minutes.

mod archives;
mod csv;
mod files;
mod indexes;
mod lists;
mod records;
mod text;
mod values;
mod workbooks;

use std::fs;
use std::time::Duration;

use crate::cli::desk::Desk;
use crate::command::{Leakdex, Outcome};

/// Stands in values that no output may show.
pub const CANARY: &str = "qzx7canary";

/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(3);

/// The full size of an input if there is time for it.
pub fn size(short: u64, long: u64) -> u64 {
    if std::env::var_os("LEAKDEX_LONG").is_some() { long } else { short }
}

/// An address that may not be shown.
pub fn address(number: usize) -> String {
    format!("{CANARY}{number}@example.com")
}

/// Runs a call to its end: what it left, and the most memory that it had at once.
#[track_caller]
pub fn run_measured(call: Leakdex) -> (Outcome, u64) {
    let mut running = call.time_max(Duration::from_secs(900)).start();
    let path = format!("/proc/{}/status", running.id());
    let mut peak = 0;
    loop {
        let ended = running.closes_within(LOOK);
        let status = fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes: u64 = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        peak = peak.max(kilobytes << 10);
        if ended {
            let outcome = running.end();
            expect_silent(&outcome);
            return (outcome, peak);
        }
    }
}

/// No value is shown.
#[track_caller]
pub fn expect_silent(outcome: &Outcome) {
    let text = [&outcome.stdout, &outcome.stderr].map(|bytes| String::from_utf8_lossy(bytes).to_lowercase()).concat();
    assert!(!text.contains(CANARY), "a value is shown\n{outcome}");
}

/// Ingests a file with this exit code; the report has all these parts, and no value.
#[track_caller]
pub fn ingest(desk: &Desk, arguments: &str, code: i32, parts: &[&str]) -> Outcome {
    let outcome = desk.leakdex(&format!("ingest --breach b --region CN {arguments}")).run_code(code);
    expect_parts(&outcome, parts);
    outcome
}

/// The report has all these parts, and no value.
#[track_caller]
pub fn expect_parts(outcome: &Outcome, parts: &[&str]) {
    let text = outcome.stderr_text();
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{outcome}");
    }
    expect_silent(outcome);
}

/// How many of these values are found in the index.
#[track_caller]
pub fn found(desk: &Desk, values: impl IntoIterator<Item = String>) -> usize {
    let list: String = values.into_iter().map(|value| format!("{value}\n")).collect();
    let outcome = desk.leakdex("check --region CN --kind email").stdin(list).run();
    outcome.stdout_text().lines().filter(|line| line.contains("\texposed\t")).count()
}

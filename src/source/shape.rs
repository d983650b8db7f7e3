//! Which shape a text has.
//!
//! What says so itself is asked first: JSON by its brackets, blocks of `name: value` by names that come again, lists of sites by
//! their URLs. Then delimiters are judged by whether the records have the same number of fields. Two fields of which the first is
//! a login and the second nothing that has a name are a combolist. A text of which nothing of this is true, and that holds
//! addresses in the middle of its lines, is searched for them.

mod name;
mod quotes;
mod runs;

use super::buffer::Wiped;
use super::columns::Columns;
use super::json::{self, Looks};
use super::objects::{self, Quotes};
use super::record::Record;
use super::separated::OF_LOAD_FILES;
use super::split::{Outcome, Splitter};
use super::sql::{self, Dialect};
use super::{
    Options, Quoting, Separator, Shape, assigned, escaped, forms, found, free_column, logins, pairs, preamble, rows,
    sample, sites,
};
use quotes::{is_quoted_column, quoting, quoting_with_nulls};
use runs::{Table, ends_lines, is_never_alone};

/// Enough for a share with an error of a few per cent.
const RECORDS_MAX: usize = 1000;
/// In the order of preference where two are equally consistent: a tab is hardly ever part of a value, a comma often.
/// The last ones are of data warehouses, and stand in few other texts.
const DELIMITERS: [(u8, f64); 9] = [
    (b'\t', 1.2),
    (b'|', 1.1),
    (b';', 1.1),
    (b',', 1.0),
    (b'~', 1.0),
    (b'^', 1.0),
    (b'\x01', 1.2),
    (b'\x1f', 1.2),
    (OF_LOAD_FILES, 1.2),
];
/// Runs of several bytes are no accident; a colon often is.
const SEPARATOR_PRIOR: f64 = 1.3;
const COLON_PRIOR: f64 = 0.9;
/// Share of records with at least two fields: banners and broken lines are few.
const SHARE_DELIMITED_MIN: f64 = 0.8;
/// Share of records with the usual number of fields: free text in the last column makes the others.
const SHARE_USUAL_MIN: f64 = 0.5;
/// The first record of a table has as many fields as the others: what delimits that too is the better choice.
const SCORE_WITHOUT_NAMES: f64 = 0.8;
/// Names of columns that make a table of a text whose rows have all lengths.
const NAMES_MIN: usize = 3;
/// Names are short.
pub(super) const NAME_BYTES_MAX: usize = 40;
/// Share of lines that are URL, login and password, for a list of sites; banners and broken lines are the others.
const SHARE_SITES_MIN: f64 = 0.6;
/// Share of lines that begin with a login, for a combolist.
const SHARE_LOGINS_MIN: f64 = 0.6;
/// Share of the addresses whose rest looks like a password, where the delimiter alone does not say so.
const SHARE_SECRETS_MIN: f64 = 0.4;
/// Share of lines with an address in the middle of something else, for a text that is only searched.
const SHARE_FOUND_MIN: f64 = 0.05;

/// ... where a few delimiters stand in every line by chance, and never more fields than this.
const SHARE_PROSE_MIN: f64 = 0.2;
const PROSE_FIELDS_MAX: usize = 3;
/// ... where nearly every line has an address inside of something: statements of a program, messages of a log.
const SHARE_CODE_MIN: f64 = 0.8;
const CODE_FIELDS_MAX: usize = 8;
/// ... and where one line has all the rows of a table: so many fields, and so many addresses.
const CROWD_FIELDS_MIN: usize = 40;
const CROWD_ADDRESSES_MIN: u64 = 10;
/// ... and never where so many records have one field below each name.
const SHARE_TABLE_MIN: f64 = 0.95;

/// Judges `text`, of which the last record may be cut unless `whole`; `windows` are places further behind.
///
/// Output: the shape, and how many bytes stand before it: a `sep=` line, or what stands above the names of a table.
pub(super) fn detect(text: &[u8], whole: bool, windows: &[Wiped], options: &Options) -> (Shape, usize) {
    if let Some((delimiter, skip)) = separator_line(text) {
        let shape = Shape::Delimited { delimiter, quoting: quoting(text, windows, delimiter) };
        let width = usual(&field_counts(shape, &text[skip..], whole, options).0).unwrap_or(1);
        return (shape, skip + preamble::length(&text[skip..], shape, width, options));
    }
    if let Some(dialect) = sql::look(text) {
        return (Shape::Sql { backslash: dialect == Dialect::Backslash }, 0);
    }
    if let Some(found) = rows::look(text) {
        return found;
    }
    let (shape, width) = match json_shape(text, whole) {
        Some(shape) => (shape, 0),
        None => text_shape(text, whole, windows, options),
    };
    (shape, preamble::length(text, shape, width, options))
}

fn json_shape(text: &[u8], whole: bool) -> Option<Shape> {
    let (looks, shell) = json::look(text, whole);
    let depth = if looks == Looks::No { None } else { objects::depth_of_records(text, Quotes::of(shell)) };
    match (looks, depth) {
        (Looks::No, _) => None,
        (Looks::Lines, None | Some(0)) => Some(Shape::JsonLines),
        // A list of numbers or texts holds no records; its lines may still hold addresses.
        (_, None) => None,
        (_, Some(depth)) => Some(Shape::JsonObjects { depth, shell }),
    }
}

/// The shape of a text, and the usual number of fields of its records where they are columns.
fn text_shape(text: &[u8], whole: bool, windows: &[Wiped], options: &Options) -> (Shape, usize) {
    let end = if whole { text.len() } else { memchr::memrchr(b'\n', text).map_or(text.len(), |newline| newline + 1) };
    let lines = || lines_of(&text[..end], windows);
    if pairs::look(lines()) {
        return (Shape::Pairs, 0);
    }
    if assigned::look(lines()) {
        return (Shape::Assigned, 0);
    }
    // Without a single slash nobody lists sites; most files of a tree are told in this way.
    let has_slash = lines().any(|line| memchr::memchr(b'/', line).is_some());
    if has_slash
        && let Some(look) = sites::look(lines())
        && look.share >= SHARE_SITES_MIN
        && !look.is_table
    {
        return (Shape::Sites { delimiter: look.delimiter }, 0);
    }
    if !options.is_list && forms::look(lines()) {
        return (Shape::Forms, 0);
    }
    let (best, width) = match best_delimited(text, whole, windows, options) {
        (Shape::Separated(separator), _) if is_of_domains(lines(), separator) => (Shape::Lines, 1),
        best => best,
    };
    if let Some(delimiter) = login_delimiter(lines(), best)
        && (width < 3 || cuts_logins(lines(), best))
    {
        if !options.is_list && found::hides_addresses(lines(), |line, record| logins::split(line, delimiter, record)) {
            return (Shape::Found, 1);
        }
        let by_hosts = delimiter == b':' && free_column::begin_with_hosts(lines());
        return (if by_hosts { Shape::Colons } else { Shape::Logins { delimiter } }, width.max(2));
    }
    let shape = match best {
        Shape::Lines if is_quoted_column(text, b'\'') => {
            Shape::Delimited { delimiter: b',', quoting: Quoting::Apostrophes }
        }
        Shape::Lines if is_quoted_column(text, b'"') => Shape::Delimited { delimiter: b',', quoting: Quoting::Doubled },
        Shape::Lines if !options.is_list && holds_addresses(lines()) => Shape::Found,
        best if !options.is_list && best != Shape::Lines && is_prose(best, width, text, whole, options) => Shape::Found,
        Shape::Delimited { .. } if !options.is_list && width >= CROWD_FIELDS_MIN && are_crowds(lines()) => Shape::Found,
        Shape::Delimited { delimiter, quoting } if escaped::has_nulls(lines(), delimiter) => {
            match quoting_with_nulls(text, windows, delimiter) {
                Some(quoting) => Shape::Delimited { delimiter, quoting },
                None if quoting == Quoting::None || delimiter == b'\t' => Shape::Escaped { delimiter },
                None => best,
            }
        }
        best => best,
    };
    (shape, width)
}

/// Lines that are not blank: the first ones, and some from every window.
fn lines_of<'a>(text: &'a [u8], windows: &'a [Wiped]) -> impl Iterator<Item = &'a [u8]> + Clone {
    const LINES_OF_WINDOW: usize = 16;
    let split = |text: &'a [u8], most: usize| {
        let lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.filter(|line| !line.trim_ascii().is_empty()).take(most)
    };
    split(text, RECORDS_MAX).chain(windows.iter().flat_map(move |window| split(window, LINES_OF_WINDOW)))
}

/// The shape whose records are most alike, and their usual number of fields.
fn best_delimited(text: &[u8], whole: bool, windows: &[Wiped], options: &Options) -> (Shape, usize) {
    let bytes = DELIMITERS
        .map(|(delimiter, prior)| (Shape::Delimited { delimiter, quoting: quoting(text, windows, delimiter) }, prior));
    let runs = Separator::ALL.map(|separator| (Shape::Separated(separator), SEPARATOR_PRIOR));
    let end = if whole { text.len() } else { memchr::memrchr(b'\n', text).map_or(text.len(), |newline| newline + 1) };
    let mut best = (0.0, Shape::Lines, 1);
    let mut run: Option<Separator> = None;
    let mut tables: Vec<Table> = Vec::new();
    let runs = runs.into_iter().filter(|(shape, _)| match shape {
        Shape::Separated(separator) => is_never_alone(text, *separator) && !ends_lines(text, *separator),
        _ => true,
    });
    let escapes = DELIMITERS.map(|(delimiter, prior)| (Shape::Escaped { delimiter }, prior));
    let escapes = escapes.into_iter().filter(|_| escaped::continues_lines(text));
    for (shape, prior) in bytes.into_iter().chain([(Shape::Colons, COLON_PRIOR)]).chain(runs).chain(escapes) {
        if !stands_in(shape, text) {
            continue;
        }
        // Of runs the longest: what it holds separates too.
        if let (Shape::Separated(separator), Some(longer)) = (shape, run)
            && memchr::memmem::find(longer.as_bytes(), separator.as_bytes()).is_some()
        {
            continue;
        }
        let (mut counts, is_named) = field_counts(shape, text, whole, options);
        if shape == Shape::Colons
            && let Some(width) = free_column::width(lines_of(&text[..end], windows))
        {
            counts.fill(width);
        }
        if shape == Shape::Colons
            && let Some(width) = width_of_wide_rows(&counts)
        {
            counts.fill(width);
        }
        let rows = below_titles(&counts);
        let titled = if rows.len() < counts.len() { SCORE_WITHOUT_NAMES } else { 1.0 };
        let score = prior * titled * consistency(rows, is_named);
        let width = usual(&counts).unwrap_or(1);
        match shape {
            // A run in every row is part of a value: of base64, of an empty list in another notation.
            Shape::Separated(separator) if tables.iter().any(|table| table.holds(separator, width, text)) => continue,
            _ => tables.extend(Table::of(shape, &counts, width)),
        }
        if let (Shape::Separated(separator), true) = (shape, score > 0.0) {
            run = Some(separator);
        }
        if score > best.0 && (shape != Shape::Colons || are_columns(&counts, width)) {
            best = (score, shape, width);
        }
    }
    (best.1, best.2)
}

/// Whether what separates the fields of a shape is in the text at all.
fn stands_in(shape: Shape, text: &[u8]) -> bool {
    match shape {
        Shape::Delimited { delimiter, .. } | Shape::Escaped { delimiter } => memchr::memchr(delimiter, text).is_some(),
        Shape::Colons => memchr::memchr(b':', text).is_some(),
        Shape::Separated(separator) => memchr::memmem::find(text, separator.as_bytes()).is_some(),
        _ => true,
    }
}

/// Whether fields around colons are columns. Two are a time, a label or a login; and where their number changes from line to
/// line, they are passwords with colons in them.
fn are_columns(counts: &[usize], width: usize) -> bool {
    let same = counts.iter().filter(|count| **count == width).count();
    width > 2 && same as f64 >= SHARE_DELIMITED_MIN * counts.len() as f64
}

/// How many fields the rows of a wide table between colons have, if some have one or two more: free text in the middle has colons
/// of its own. No list of logins has so many in every line.
fn width_of_wide_rows(counts: &[usize]) -> Option<usize> {
    const WIDTH_MIN: usize = 6;
    const MORE_MAX: usize = 2;
    const SHARE_MIN: f64 = 0.97;
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let width = *sorted.get(((1.0 - SHARE_MIN) * sorted.len() as f64) as usize)?;
    let alike = counts.iter().filter(|count| (width..=width + MORE_MAX).contains(count)).count();
    (width >= WIDTH_MIN && alike as f64 >= (2.0 * SHARE_MIN - 1.0) * counts.len() as f64).then_some(width)
}

/// Whether what looks like columns cuts nearly all lines behind an address and the delimiter of another: secrets hold anything,
/// and in a few lines that can be the same number of fields.
fn cuts_logins<'a>(lines: impl Iterator<Item = &'a [u8]>, best: Shape) -> bool {
    let delimiter = match &best {
        Shape::Delimited { delimiter, .. } => std::slice::from_ref(delimiter),
        Shape::Separated(separator) => separator.as_bytes(),
        _ => return false,
    };
    let (mut all, mut cut) = (0usize, 0usize);
    for line in lines {
        let end = logins::end_of_address(line);
        all += 1;
        cut += usize::from(end.is_some_and(|end| end < line.len() && !line[end..].starts_with(delimiter)));
    }
    cut as f64 >= SHARE_LOGINS_MIN * all as f64
}

/// Whether nearly every line holds the addresses of many people: all rows of a table in one.
fn are_crowds<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut all, mut crowds) = (0usize, 0usize);
    for line in lines {
        all += 1;
        crowds += usize::from(found::count_addresses(line) >= CROWD_ADDRESSES_MIN);
    }
    crowds as f64 >= SHARE_TABLE_MIN * all as f64
}

/// Whether what separates is the dashes of domains in other letters, `xn--`, in nearly all lines.
fn is_of_domains<'a>(lines: impl Iterator<Item = &'a [u8]>, separator: Separator) -> bool {
    let (mut all, mut inside) = (0usize, 0usize);
    for line in lines {
        let before = memchr::memmem::find(line, separator.as_bytes()).map(|place| &line[..place]);
        all += 1;
        inside += usize::from(before.is_some_and(|before| before.ends_with(b"@xn") || before.ends_with(b".xn")));
    }
    inside as f64 >= SHARE_LOGINS_MIN * all as f64
}

/// The delimiter of a combolist, if this is one.
fn login_delimiter<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone, best: Shape) -> Option<u8> {
    let first = lines.clone().next()?;
    let look = logins::look(lines)?;
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let by_colons = look.delimiter == b':' && matches!(best, Shape::Lines | Shape::Colons);
    let all = share(look.addresses + look.others, look.lines);
    if by_colons
        && all >= SHARE_LOGINS_MIN
        && (look.addresses > 0 || share(look.others, look.lines) >= SHARE_DELIMITED_MIN)
    {
        return Some(b':');
    }
    // Columns with names are columns.
    let named = !first.iter().any(|byte| byte.is_ascii_digit() || *byte == b'@');
    // Where nothing else delimits, user names are logins too.
    let logins = if best == Shape::Lines { all } else { share(look.addresses, look.lines) };
    let logins = logins >= SHARE_LOGINS_MIN
        && look.addresses > 0
        && share(look.first, look.addresses) >= SHARE_LOGINS_MIN
        && share(look.secrets, look.addresses) >= SHARE_SECRETS_MIN;
    (logins && (!named || best == Shape::Lines)).then_some(look.delimiter)
}

/// Whether lines hold addresses beside other text.
fn holds_addresses<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut all, mut holding, mut record) = (0usize, 0usize, Record::new());
    for line in lines {
        record.clear();
        all += 1;
        let others = |field: &[u8]| field.len() + 2 < shown_length(line);
        holding += usize::from(found::split(line, &mut record) && record.fields(line).any(|(_, field)| others(field)));
    }
    holding as f64 >= SHARE_FOUND_MIN * all as f64 && holding > 0
}

/// Bytes of a text without blanks around it, and without the characters of no width that web pages and chats leave in it.
fn shown_length(text: &[u8]) -> usize {
    const INVISIBLE: [&str; 6] = ["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{a0}"];
    let text = text.trim_ascii();
    if text.is_ascii() {
        return text.len();
    }
    let invisible = INVISIBLE.iter().map(|one| memchr::memmem::find_iter(text, one).count() * one.len());
    text.len() - invisible.sum::<usize>()
}

/// Whether what looks like a few columns is text in which addresses stand: they are inside of fields, and hardly ever a field.
fn is_prose(shape: Shape, width: usize, text: &[u8], whole: bool, options: &Options) -> bool {
    let share_min = if width <= PROSE_FIELDS_MAX { SHARE_PROSE_MIN } else { SHARE_CODE_MIN };
    if width > CODE_FIELDS_MAX {
        return false;
    }
    let end = if whole { text.len() } else { sample::end_of_records(text, shape, options) };
    let mut splitter = Splitter::new(shape, &Columns::positions(), options);
    let (mut at, mut record, mut addresses) = (0, Record::new(), Record::new());
    let (mut records, mut fields, mut inside) = (0usize, 0usize, 0usize);
    let (mut is_named, mut same) = (false, 0usize);
    while records < RECORDS_MAX
        && let Some(outcome) = splitter.next(&text[..end], &mut at, &mut record)
    {
        records += 1;
        if outcome == Outcome::Record {
            is_named |= records == 1 && are_words(record.fields(text).map(|(_, field)| field)) >= width;
            same += usize::from(record.len() == width);
            for (_, field) in record.fields(text).filter(|(_, field)| memchr::memchr(b'@', field).is_some()) {
                addresses.clear();
                let found = found::split(field, &mut addresses);
                // `Anna Li <anna@example.com>` is an address too.
                let is_whole = field.trim_ascii_end().ends_with(b">")
                    || addresses.fields(field).any(|(_, address)| address.len() + 2 >= shown_length(field));
                fields += usize::from(found && is_whole);
                inside += usize::from(found && !is_whole);
            }
        }
    }
    // Below names of columns, free text is in one of them.
    let is_table = is_named && same as f64 >= SHARE_TABLE_MIN * records as f64;
    !is_table && inside as f64 >= share_min * records as f64 && fields * 10 < inside
}

/// Excel's first line: `sep=;`.
pub(super) fn separator_line(text: &[u8]) -> Option<(u8, usize)> {
    let (prefix, rest) = text.split_at_checked(4)?;
    let (&delimiter, end) = rest.split_first()?;
    let is_delimiter = delimiter == b'\t' || (delimiter.is_ascii_punctuation() && delimiter != b'"');
    if !prefix.eq_ignore_ascii_case(b"sep=") || !is_delimiter {
        return None;
    }
    let line_end = if end.starts_with(b"\r\n") { 2 } else { usize::from(end.starts_with(b"\n")) };
    (line_end > 0 || end.is_empty()).then_some((delimiter, 5 + line_end))
}

/// How many fields each record of the text has, and whether those of the first look like names of columns.
fn field_counts(shape: Shape, text: &[u8], whole: bool, options: &Options) -> (Vec<usize>, bool) {
    let end = if whole { text.len() } else { sample::end_of_records(text, shape, options) };
    let mut splitter = Splitter::new(shape, &Columns::positions(), options);
    let (mut at, mut record, mut counts, mut is_named) = (0, Record::new(), Vec::new(), false);
    while counts.len() < RECORDS_MAX {
        match splitter.next(&text[..end], &mut at, &mut record) {
            None => break,
            Some(Outcome::Record) => {
                is_named = is_named || (counts.is_empty() && are_names(record.fields(text).map(|(_, field)| field)));
                counts.push(record.len());
            }
            Some(Outcome::Malformed(_)) => {}
        }
    }
    (counts, is_named)
}

/// Whether fields are names of columns, the last of which may be empty: short words, and no two the same.
fn are_names<'a>(fields: impl Iterator<Item = &'a [u8]>) -> bool {
    are_words(fields) >= NAMES_MIN
}

/// How many fields there are if they are such names, else none.
fn are_words<'a>(fields: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut names: Vec<&[u8]> = fields.collect();
    while names.last().is_some_and(|name| name.is_empty()) {
        names.pop();
    }
    let is_name = |name: &&[u8]| {
        (1..=NAME_BYTES_MAX).contains(&name.len())
            && !name[0].is_ascii_whitespace()
            && !name.iter().any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b'.' | b':'))
    };
    let all = names.len();
    let are_short = names.iter().all(is_name);
    names.sort_unstable();
    names.dedup();
    if are_short && names.len() == all { all } else { 0 }
}

/// The numbers of fields without those of lines above, which are not delimited: fewer than there are below.
fn below_titles(counts: &[usize]) -> &[usize] {
    const TITLES_MAX: usize = 8;
    let titles = counts.iter().take_while(|count| **count == 1).count();
    if titles <= TITLES_MAX && 2 * titles < counts.len() { &counts[titles..] } else { counts }
}

/// From 0, not delimited by this, to about 1. Rows count for more than the width; the width decides between equals. Under names
/// of columns, rows that leave out the last are rows.
fn consistency(counts: &[usize], is_named: bool) -> f64 {
    let Some(usual) = usual(counts) else { return 0.0 };
    let share =
        |test: &dyn Fn(usize) -> bool| counts.iter().filter(|&&count| test(count)).count() as f64 / counts.len() as f64;
    let width = counts[0];
    let (mut same, delimited) = (share(&|count| count == usual), share(&|count| count > 1));
    if is_named && share(&|count| (2..=width).contains(&count)) >= SHARE_USUAL_MIN {
        same = same.max(SHARE_USUAL_MIN);
    }
    if delimited < SHARE_DELIMITED_MIN || same < SHARE_USUAL_MIN {
        return 0.0;
    }
    let header = if counts.first() == Some(&usual) { 1.0 } else { SCORE_WITHOUT_NAMES };
    same * delimited * header * (1.0 + 0.02 * usual.min(20) as f64)
}

/// The most frequent number of fields, if that is at least two.
pub(super) fn usual(counts: &[usize]) -> Option<usize> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let longest = sorted.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
    (longest[0] >= 2).then_some(longest[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        let got = match detect(text.as_bytes(), true, &[], &Options::default()) {
            (shape, 0) => shape.to_string(),
            (shape, skip) => format!("{shape} after {skip}"),
        };
        assert_eq!(got, want, "{text:?}");
    }

    #[test]
    fn delimiters_are_found() {
        check("", "one value a line");
        check("email\na@example.com\nb@example.com\n", "one value a line");
        check("a@example.com", "one value a line");
        check("id,email,phone\n", "comma-delimited text");
        check("id,email\n1,a@example.com\n2,b@example.com", "comma-delimited text");
        check("id;note\n1;a,b\n2;c,d\n3;e,f\n", "semicolon-delimited text");
        check("1;1,5\n2;2,5\n", "semicolon-delimited text");
        check("id,note,x\n1,a;b,2\n2,c;d,3\n", "comma-delimited text");
        check("a|b|c\n1|2|3\n", "pipe-delimited text");
        check("x\ty\n1, Main St, Town\t2\n2, Main St, Town\t3\n", "tab-delimited text");
        check("1, Main St, Town\t2\n2, Main St, Town\t3\n", "tab-delimited text");
        check("name,tags\n\"a\",\"x;y;z\"\n\"b\",\"x;y;z\"\n", "comma-delimited text");
    }

    /// Programs leave out the last fields of a row if they are empty.
    #[test]
    fn ragged_rows_under_names_are_a_table() {
        let rows = "1,a@example.com\n2,b@example.com,x\n3,c@example.com,x,y\n4,d@example.com,x,y,z\n".repeat(5);
        check(&format!("id,email,mobile,name,city\n{rows}"), "comma-delimited text");
        check(&format!("id,email,mobile,name,,\n{rows}"), "comma-delimited text");
        check(&rows, "text of no known shape, searched for e-mail addresses");
        check(
            &format!("Dear all, hello, again, and more\n{rows}"),
            "text of no known shape, searched for e-mail addresses",
        );
    }

    #[test]
    fn lists_stay_lists() {
        check(&"Main Street 1\nHigh Street 2, rear\nPark Lane\n".repeat(20), "one value a line");
        check("one, two\nthree\nfour, five, six\nseven, eight, nine, ten\n", "one value a line");
        check("\"a@example.com\"\r\n\"b@example.com\"\r\n", "comma-delimited text");
    }

    #[test]
    fn quotes_are_judged() {
        check("a,5\" pipe\nb,6\" pipe\nc,\"7\n8\"\n", "comma-delimited text");
        check("a,\"x y\nb,\"z z\nc,\"v w\n", "comma-delimited text without quoting");
        check("a,\"x\"\nb,\"y\"\"z\"\n", "comma-delimited text");
        check("a\t{\"k\":\"v\"}\nb\t{\"k\":\"w\"}\n", "tab-delimited text");
    }

    #[test]
    fn separator_lines_are_honoured() {
        check("sep=;\r\na;b\n", "semicolon-delimited text after 7");
        check("SEP=\t\na\tb\n", "tab-delimited text after 6");
        check("sep=;", "semicolon-delimited text after 5");
        check("sep=1\nsep=2\n", "one value a line");
        check("Members\nid;email\n1;a@x.io\n2;b@x.io\n", "semicolon-delimited text after 8");
    }

    #[test]
    fn json_is_told_apart() {
        check("{\"a\":1}\n{\"a\":2}\n", "JSON Lines");
        check("[{\"a\":1},{\"a\":2}]", "a JSON array of objects");
        check("{\n  \"a\": 1\n}\n", "JSON objects");
        check(&format!("{{\"users\":[{}]}}", ["{\"a\":1}"; 20].join(",")), "JSON objects, nested 2 deep");
        let paste = "{\n\t\"_id\" : ObjectId(\"5f\"),\n\t\"email\" : \"a@x.io\"\n}\n";
        let shell = "objects as a shell prints them";
        check(&paste.repeat(3), shell);
        check(&paste.replace('"', "'"), shell);
        check(&paste.replace("\"_id\"", "_id"), shell);
        check(&format!("> db.users.find().pretty()\n{}Type \"it\" for more\n", paste.repeat(3)), shell);
        check(&format!("/* 1 */\n{paste}\n/* 2 */\n{paste}"), shell);
        check("[\n  { _id: ObjectId('5f'), a: 'x' },\n  { a: 'y' }\n]\n", "an array of objects as a shell prints them");
        check("window.YTD.account.part0 = [ {\n \"a\": 1\n}, {\n \"a\": 2\n} ]\n", "a JSON array of objects");
        check("{\n  if (x) y;\n}\n", "one value a line");
        check("a note\nabout [1] this\n{curly}\n", "one value a line");
    }

    #[test]
    fn combolists_are_told_apart_from_columns() {
        check("anna@example.com:abc123\nbert@example.org:x!9z\n", "combolist (login, colon, secret)");
        check("anna@example.com:abc123\nbert@example.org:x!:9z\n", "combolist (login, colon, secret)");
        check("anna88:abc123\nbert:x:9z\n13812345678:qwe\n", "combolist (login, colon, secret)");
        check("anna@example.com;abc123\nbert@example.org;x!9z\n", "combolist (login, semicolon, secret)");
        check("anna@example.com----abc123\nbert@example.org----x!9z\n", "combolist (login, `-`, secret)");
        check("email,password\nanna@example.com,abc123\nbert@example.org,x!9z\n", "comma-delimited text");
        check("anna@example.com;Anna Li\nbert@example.org;Bert Wang\n", "semicolon-delimited text");
        check("a@x.io:5f4dcc3b:x9\nb@x.io:5f4dcc3c:y8\n", "colon-delimited text");
        check("anna@example.com;--x9--\n", "combolist (login, semicolon, secret)");
        check(&"37.254.7.8:8080\n37.254.7.9:80\n".repeat(20), "colon-delimited text");
        check(&"37.254.7.8:anna88:a:b\n37.254.7.9:bert:x\n".repeat(20), "colon-delimited text");
        check("1:Anna:6/1/2018 12:00:00 AM:a@x.io\n2:Bert::b@x.io\n", "colon-delimited text");
        let wide = "4915196171166:1:Zoe:f::ACME: Works:1980\n4915196171167:2:Bert:m::ACME:1980\n";
        check(&wide.repeat(20), "colon-delimited text");
    }

    #[test]
    fn other_shapes_are_found() {
        check(
            "https://a.example/:anna@example.com:p\nb.example:bert:q:r\n",
            "list of sites (URL, login and password, colon-delimited)",
        );
        check(
            "URL: https://a.example/\nLogin: b\nPassword: c\n\nURL: d\nLogin: e\nPassword: f\n",
            "blocks of `name: value` lines",
        );
        let rows = |row: &str| row.repeat(20);
        check(&rows("7,Anna Li,a@x.io,https://a.example/7\n"), "comma-delimited text");
        check(&rows("Anna Li,a@x.io,https://a.example/7\n"), "comma-delimited text");
        check(&rows("Anna Li;a@x.io;a.example/7\n"), "semicolon-delimited text");
        check(&format!("name,phone,site\n{}", rows("Anna Li,5551234,https://a.example/7\n")), "comma-delimited text");
        check(&rows("anna88,pw7,https://a.example/\n"), "list of sites (URL, login and password, comma-delimited)");
        check(&rows("anna88:pw7:a.example/login\n"), "list of sites (URL, login and password, colon-delimited)");
        check("\u{738b}----13812345678----x\n\u{674e}----13812345679----y\n", "text delimited by `----`");
        check("1\ta@x.io\t\\N\n2\tb@x.io\tz\n", "tab-delimited text with backslashes");
        check(
            &"[LIVE] 5425862884919167|01|20|000 - anna@example.com\n".repeat(20),
            "text of no known shape, searched for e-mail addresses",
        );
        check(
            &"  array('id' => '0','email' => 'anna@example.com','phone' => '+4915120216581','x' => 1),\n".repeat(20),
            "text of no known shape, searched for e-mail addresses",
        );
        check(
            "Dear Anna <anna@example.com>,\nhow are you, and Bert, and Clara?\nYours\n",
            "text of no known shape, searched for e-mail addresses",
        );
    }
}

//! Tables of credentials without names of columns: `7:anna88:anna@example.com:203.0.113.9:5f4d..:x1`.
//!
//! No value says of itself that it is a user name. Beside an address, in a table with hashes of passwords, a column of single words
//! of which hardly any comes twice, and of which some hold digits, is nothing else: names of people repeat, and have none. Where
//! colons or `-|-` delimit, nobody lists people, so that before an address no hashes are asked for. Further from the address, such words may
//! be salts and tokens too, which have one length, or two.
//!
//! So it is with a table of SQL that nobody described: `INSERT INTO wp_users VALUES (7,'anna88','$P$B..','anna@example.com')`.

use super::joins::parent_of;
use super::rules::{Request, Target};
use super::{ColumnPlan, Plan};
use crate::identifier::{Kind, KindSpec, presence, readable};
use crate::index::class::DataClass;
use crate::source::{SampleRow, Separator, Shape};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer say nothing about how often one comes.
const VALUES_MIN: usize = 20;
/// Share of values that are single words: what people call themselves has blanks, signs, and digits alone too.
const SHARE_WORDS_MIN: f64 = 0.8;
/// Share of different values.
const SHARE_DISTINCT_MIN: f64 = 0.95;
/// Share of values with a digit or an underscore.
const SHARE_TELLING_MIN: f64 = 0.1;
/// Of wider tables only what stands beside an address is looked at: each look goes through all sampled rows.
const TABLE_COLUMNS_MAX: usize = 256;
/// Hashes and tokens are longer.
const WORD_BYTES_MAX: usize = 31;

/// Looks again at columns that hold credentials: those of user names, and those of secrets that are none.
///
/// Input: `ruled`, the columns of which the caller has said what they are.
pub(super) fn refine(plan: &mut Plan, ruled: &BTreeSet<u32>, rows: &[SampleRow], request: &Request) {
    if matches!(plan.shape, Shape::Logins { .. }) {
        for column in plan.columns.iter_mut().filter(|column| !ruled.contains(&column.column)) {
            if let Some(kind) = kind_of_secrets(column) {
                column.take(Target::Kind(KindSpec::new(kind)));
                column.read_phones(request);
            }
        }
    }
    if plan.shape.names_columns() {
        take_secrets_before_logins(plan, ruled, rows);
    }
    take_user_names(plan, ruled, rows);
    take_named_user_names(plan, ruled, rows);
}

/// Columns of accounts hold numbers, names of people, or what they log in with: single words that hardly ever come twice. So do
/// columns of nicknames and of accounts elsewhere, and in a forum those of names.
fn take_named_user_names(plan: &mut Plan, ruled: &BTreeSet<u32>, rows: &[SampleRow]) {
    const CLASSES: [DataClass; 5] = [
        DataClass::USERNAMES,
        DataClass::NICKNAMES,
        DataClass::NAMES,
        DataClass::INSTANT_MESSENGER_IDENTITIES,
        DataClass::SOCIAL_MEDIA_PROFILES,
    ];
    let is_account = |column: &ColumnPlan| column.class.is_some_and(|class| CLASSES.contains(&class));
    let is_free = |column: &ColumnPlan| column.kind.is_none() && !column.mixed && column.problem.is_none();
    for column in plan.columns.iter_mut().filter(|column| is_account(column) && is_free(column)) {
        if !ruled.contains(&column.column) && are_user_names(column.column, rows) {
            let class = column.class.filter(|class| *class != DataClass::NAMES);
            column.take(Target::Kind(KindSpec::new(Kind::Username)));
            column.class = class.or(column.class);
        }
    }
}

/// In a list of addresses behind passwords, what stands before the address is no user name: `Summer2019!:anna@example.com`.
fn take_secrets_before_logins(plan: &mut Plan, ruled: &BTreeSet<u32>, rows: &[SampleRow]) {
    if !matches!(plan.shape, Shape::Logins { .. }) {
        return;
    }
    let has_secrets = plan.columns.iter().any(|column| {
        column.class == Some(DataClass::PASSWORDS) && column.kind.is_none() && column.evidence.present * 20 > rows.len()
    });
    let names = |column: &&mut ColumnPlan| column.kind == Some(KindSpec::new(Kind::Username));
    for column in plan.columns.iter_mut().filter(names).filter(|column| !ruled.contains(&column.column)) {
        if !has_secrets && are_secrets(column.column, rows) {
            (column.kind, column.class) = (None, Some(DataClass::PASSWORDS));
        }
    }
}

/// What stands behind the logins, if it is no secret: in a list of addresses with telephone numbers, or with addresses of hosts.
fn kind_of_secrets(column: &ColumnPlan) -> Option<Kind> {
    const SHARE_MIN: f64 = 0.95;
    let evidence = &column.evidence;
    if column.class != Some(DataClass::PASSWORDS) || column.kind.is_some() || evidence.present < VALUES_MIN {
        return None;
    }
    let (kind, share) = evidence.self_evident();
    let written = evidence.share(KindSpec::new(Kind::Phone)).min(evidence.share_like_phones());
    match () {
        () if share >= SHARE_MIN && evidence.is_beyond_chance(kind, share) => Some(kind),
        () if evidence.class() == Some(DataClass::IP_ADDRESSES) => Some(Kind::Ip),
        () if written.max(evidence.share_without_plus()) >= SHARE_MIN => Some(Kind::Phone),
        () => None,
    }
}

/// Takes columns of user names as such. Cost: a few passes over the sampled values of the columns of which nothing is known.
fn take_user_names(plan: &mut Plan, ruled: &BTreeSet<u32>, rows: &[SampleRow]) {
    let own = plan.reference.into_iter().chain(plan.kind_and_value.into_iter().flat_map(<[u32; 2]>::from));
    let spoken_for: BTreeSet<u32> = own.chain(ruled.iter().copied()).collect();
    for table in nameless_tables(plan) {
        let secrets = secrets_of(plan, &table, ruled, rows);
        for place in &secrets {
            plan.columns[*place].take(Target::Class(DataClass::PASSWORDS));
        }
        for place in user_names_of(plan, &table, &spoken_for, rows) {
            plan.columns[place].take(Target::Kind(KindSpec::new(Kind::Username)));
        }
    }
}

/// The columns of every table of which no names are known, in their order.
fn nameless_tables(plan: &Plan) -> Vec<Vec<usize>> {
    if !plan.shape.names_columns() {
        return if plan.header { Vec::new() } else { vec![(0..plan.columns.len()).collect()] };
    }
    let mut tables: BTreeMap<&str, Vec<(u32, usize)>> = BTreeMap::new();
    for (place, path) in plan.paths.iter().enumerate().filter(|_| matches!(plan.shape, Shape::Sql { .. })) {
        let table = parent_of(path);
        // Columns without names have numbers.
        if let Some(number) = path[table.len()..].strip_prefix('.').and_then(|name| name.parse().ok()) {
            tables.entry(table).or_default().push((number, place));
        }
    }
    let in_order = |mut columns: Vec<(u32, usize)>| {
        columns.sort_unstable();
        columns.into_iter().map(|(_, place)| place).filter(|place| *place < plan.columns.len()).collect()
    };
    tables.into_values().map(in_order).collect()
}

/// The places in a table of the columns with addresses.
fn addresses_of(plan: &Plan, table: &[usize]) -> Vec<usize> {
    let is_address = |place: &usize| plan.columns[table[*place]].kind == Some(KindSpec::new(Kind::Email));
    (0..table.len()).filter(is_address).collect()
}

/// The columns beside an address that hold passwords.
fn secrets_of(plan: &Plan, table: &[usize], ruled: &BTreeSet<u32>, rows: &[SampleRow]) -> Vec<usize> {
    let is_open = |column: &ColumnPlan| is_unknown(column) && !ruled.contains(&column.column);
    let open = |place: Option<usize>| {
        place.and_then(|place| table.get(place)).map(|at| &plan.columns[*at]).filter(|c| is_open(c))
    };
    let mut secrets = Vec::new();
    for address in addresses_of(plan, table) {
        let (before, behind) = (open(address.checked_sub(1)), open(Some(address + 1)));
        let marked = [before, behind].into_iter().flatten().filter(|column| are_secrets(column.column, rows));
        secrets.extend(marked.map(|column| column.column as usize));
        // What stands behind an address that a user name stands before need not have signs.
        if let (Some(name), Some(secret)) = (before, behind)
            && are_plain_secrets(secret.column, rows)
            && are_user_names(name.column, rows)
        {
            secrets.push(secret.column as usize);
        }
    }
    secrets
}

/// The columns with user names: beside an address, or, where there are hashes, anywhere in the table.
fn user_names_of(plan: &Plan, table: &[usize], spoken_for: &BTreeSet<u32>, rows: &[SampleRow]) -> Vec<usize> {
    let is_secret =
        |at: &usize| holds_hashes(&plan.columns[*at]) || plan.columns[*at].class == Some(DataClass::PASSWORDS);
    let has_hashes = table.iter().any(is_secret);
    let addresses = addresses_of(plan, table);
    let by_colons = plan.shape == Shape::Colons || plan.shape == Shape::Separated(Separator::BARS);
    let names = table.iter().enumerate().filter(|(place, at)| {
        let column = &plan.columns[**at];
        let is_before = addresses.contains(&(place + 1));
        let is_behind = place.checked_sub(1).is_some_and(|before| addresses.contains(&before));
        let is_beside = (is_before && (has_hashes || by_colons)) || (is_behind && has_hashes);
        let is_open = has_hashes && !addresses.is_empty() && table.len() <= TABLE_COLUMNS_MAX;
        let is_near = is_beside || (is_open && is_unknown(column) && have_many_lengths(column.column, rows));
        let are_names = are_user_names(column.column, rows) && !(has_hashes && are_salts(column.column, rows));
        is_near && is_unknown(column) && !spoken_for.contains(&column.column) && are_names
    });
    names.map(|(_, at)| *at).collect()
}

/// Whether the values of a column are salts or tokens: nearly all of one length, and they begin with anything.
fn are_salts(column: u32, rows: &[SampleRow]) -> bool {
    const SHARE_MIN: f64 = 0.9;
    const BEGINS_MIN: usize = 10;
    let (mut lengths, mut begins) = (BTreeMap::<usize, usize>::new(), BTreeSet::new());
    for cell in cells(column, rows).filter(|cell| presence(cell).is_ok()) {
        *lengths.entry(cell.len()).or_default() += 1;
        begins.insert(cell.first());
    }
    let (all, most): (usize, usize) = (lengths.values().sum(), lengths.values().copied().max().unwrap_or(0));
    begins.len() >= BEGINS_MIN && most as f64 >= SHARE_MIN * all as f64
}

/// Whether the values of a column have many lengths: salts and tokens have one.
fn have_many_lengths(column: u32, rows: &[SampleRow]) -> bool {
    const DIFFERENT_MIN: usize = 4;
    const SHARE_MAX: f64 = 0.6;
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    cells(column, rows)
        .filter(|cell| presence(cell).is_ok())
        .for_each(|cell| *lengths.entry(cell.len()).or_default() += 1);
    let (all, most): (usize, usize) = (lengths.values().sum(), lengths.values().copied().max().unwrap_or(0));
    lengths.len() >= DIFFERENT_MIN && most as f64 <= SHARE_MAX * all as f64
}

fn holds_hashes(column: &ColumnPlan) -> bool {
    column.kind.is_none() && column.evidence.class() == Some(DataClass::PASSWORDS)
}

/// Whether nothing is known about a column.
fn is_unknown(column: &ColumnPlan) -> bool {
    let unknown = column.class.is_none_or(|class| class == DataClass::OTHER);
    unknown && column.kind.is_none() && !column.mixed && column.problem.is_none()
}

/// The values of a column, without the blanks that stand around some delimiters.
fn cells(column: u32, rows: &[SampleRow]) -> impl Iterator<Item = &[u8]> {
    let fields = rows.iter().flat_map(|row| row.fields.iter()).filter(move |(at, _)| *at == column);
    fields.map(|(_, cell)| cell.trim_ascii())
}

/// Whether the values of a column are passwords: single words of many lengths, with digits, hardly any of them twice, and some with
/// signs that stand in no name and in no number.
fn are_secrets(column: u32, rows: &[SampleRow]) -> bool {
    const SHARE_SIGNS_MIN: f64 = 0.1;
    const SHARE_DIGITS_MIN: f64 = 0.5;
    const SHARE_DISTINCT_SECRETS_MIN: f64 = 0.7;
    let cells = cells(column, rows);
    let (mut present, mut words, mut signs, mut digits, mut distinct) =
        (0usize, 0usize, 0usize, 0usize, BTreeSet::new());
    for cell in cells.filter(|cell| presence(cell).is_ok()) {
        let is_word = (4..=WORD_BYTES_MAX).contains(&cell.len()) && cell.iter().all(u8::is_ascii_graphic);
        present += 1;
        words += usize::from(is_word);
        signs += usize::from(is_word && cell.iter().any(|byte| b"!#$%^&*?@~".contains(byte)));
        digits +=
            usize::from(is_word && cell.iter().any(u8::is_ascii_digit) && cell.iter().any(u8::is_ascii_alphabetic));
        distinct.insert(cell);
    }
    let share = |part: usize| part as f64 / present.max(1) as f64;
    present >= VALUES_MIN
        && share(words) >= SHARE_WORDS_MIN
        && share(signs) >= SHARE_SIGNS_MIN
        && share(digits) >= SHARE_DIGITS_MIN
        && share(distinct.len()) >= SHARE_DISTINCT_SECRETS_MIN
}

/// Whether the values of a column may be passwords without signs: single words of many lengths with digits in them, which begin with
/// many characters, and hardly any of them twice. Numbers of orders and products have a length, capitals, or a begin of their own.
fn are_plain_secrets(column: u32, rows: &[SampleRow]) -> bool {
    const SHARE_MIN: f64 = 0.8;
    const SHARE_MIXED_MIN: f64 = 0.5;
    const DIFFERENT_MIN: usize = 4;
    let cells = cells(column, rows);
    let (mut present, mut words, mut mixed) = (0usize, 0usize, 0usize);
    let (mut lengths, mut begins, mut distinct) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for cell in cells.filter(|cell| presence(cell).is_ok()) {
        present += 1;
        words += usize::from((4..=WORD_BYTES_MAX).contains(&cell.len()) && cell.iter().all(u8::is_ascii_graphic));
        mixed += usize::from(cell.iter().any(u8::is_ascii_digit) && cell.iter().any(u8::is_ascii_lowercase));
        lengths.insert(cell.len());
        begins.insert(cell.first());
        distinct.insert(cell);
    }
    let share = |part: usize| part as f64 / present.max(1) as f64;
    present >= VALUES_MIN
        && share(words) >= SHARE_MIN
        && share(mixed) >= SHARE_MIXED_MIN
        && share(distinct.len()) >= SHARE_MIN
        && lengths.len().min(begins.len()) >= DIFFERENT_MIN
}

fn are_user_names(column: u32, rows: &[SampleRow]) -> bool {
    let cells = cells(column, rows);
    let (mut present, mut words, mut telling, mut distinct) = (0usize, 0usize, 0usize, BTreeSet::new());
    let mut buffer = String::new();
    for cell in cells.filter(|cell| presence(cell).is_ok()) {
        let word = readable(cell, &mut buffer);
        let is_word = (2..=WORD_BYTES_MAX).contains(&word.len())
            && word
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') || *byte >= 0x80)
            && word.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
        present += 1;
        words += usize::from(is_word);
        telling += usize::from(is_word && word.iter().any(|byte| byte.is_ascii_digit() || *byte == b'_'));
        distinct.insert(cell);
    }
    let share = |part: usize| part as f64 / present.max(1) as f64;
    present >= VALUES_MIN
        && share(words) >= SHARE_WORDS_MIN
        && share(distinct.len()) >= SHARE_DISTINCT_MIN
        && share(telling) >= SHARE_TELLING_MIN
}

//! The report of a scan: first whom to tell what, then by breach, time, combination and group.

use super::people::ShownPeople;
use super::words::{self, Reader, counted, joined, misuse, people};
use super::{Block, Cell, Mark, Page, Part, Parts, Row, Section, Table, Tone, length, scan_limits, time};
use crate::index::Breach;
use crate::index::class::{ClassMask, DataClass};
use crate::query::{BreachValues, Groups, KindScope, People, Scope, harm};
use crate::report::screen::{Chosen, ScreenFacts, choose};
use crate::report::text::count;
use std::cmp::Reverse;

/// What a report of a scan is made of.
pub struct ScanReport<'a> {
    /// The list as it is called.
    pub list: &'a str,
    /// The totals.
    pub scope: &'a Scope,
    /// What was asked, and of what.
    pub facts: &'a ScreenFacts<'a>,
    /// The generation of the index.
    pub generation: u64,
    /// The public name of its key.
    pub key_id: &'a str,
    /// People by group, and the names of the columns that group them.
    pub groups: Option<(&'a Groups, &'a [String])>,
    /// The exposed people to be shown, if somebody wants that.
    pub people: Option<&'a ShownPeople>,
}

/// So many groups are shown of each sort; all of them are in the summary.
const GROUPS_SHOWN: usize = 50;

/// Makes the report.
pub fn scan_page(report: &ScanReport<'_>) -> Page {
    let mut sections = vec![by_breach(report)];
    sections.extend(in_time(report));
    sections.extend(together(report.scope));
    if let Some((groups, columns)) = report.groups {
        sections.push(by_group(groups, columns));
    }
    sections.extend(report.people.map(|people| people.section(report)));
    sections.push(other_direction(report));
    sections.extend(scan_limits::sections(report));
    Page { kind: kind(report), headline: headline(&report.scope.people), lead: lead(report), sections }
}

impl ScanReport<'_> {
    /// The breaches that were asked, with their places in the catalogue, most people first.
    pub(super) fn asked(&self) -> Vec<(usize, &Breach)> {
        let all = self.facts.breaches.iter().enumerate();
        let mut asked: Vec<(usize, &Breach)> = all.filter(|(place, _)| self.facts.asked[*place]).collect();
        asked.sort_by_key(|(place, _)| Reverse(self.scope.people_by_breach[*place]));
        asked
    }
}

fn kind(report: &ScanReport<'_>) -> String {
    let breaches = counted(report.asked().len() as u64, "breach", "breaches");
    format!("Exposure report: {} ({}) in {breaches}", report.list, counted(report.scope.rows, "row", "rows"))
}

fn headline(of: &People) -> String {
    match of {
        People { exposed: 0, not_found: 0, .. } => "Nothing can be said about the people on this list".into(),
        People { exposed: 0, .. } => "Nobody on this list was found in these breaches".into(),
        of => {
            format!("{} of {} on this list {} exposed", count(of.exposed), people(of.total()), words::are(of.exposed))
        }
    }
}

fn lead(report: &ScanReport<'_>) -> Vec<Block> {
    let scope = report.scope;
    let of = scope.people;
    let mut blocks = vec![Block::Text(whom_to_tell(report))];
    blocks.extend(in_doubt(report).map(Block::Alert));
    if scope.is_incomplete() {
        blocks.push(Block::Alert(
            "This answer is incomplete: there may be more exposed people than these. What is missing stands under \u{201c}What could not be answered\u{201d}.".into(),
        ));
    }
    let part = |label: &str, count: u64, key: &str, tone| Part {
        label: label.into(),
        count,
        key: format!("people.{key}"),
        tone,
    };
    let parts = vec![
        part("exposed", of.exposed, "exposed", Tone::Bad),
        part("not found", of.not_found, "not_found", Tone::Calm),
        part("unknown", of.unknown, "unknown", Tone::Open),
    ];
    let caption = match of.total() {
        1 => "The one person on this list".into(),
        all => format!("The {} on this list", people(all)),
    };
    blocks.push(Block::Parts(Parts { caption, parts }));
    blocks.extend(whom_first(report).map(Block::Alert));
    if of.exposed > 0 {
        blocks.push(Block::Table(by_class(scope)));
    }
    blocks
}

/// Who is exposed by nothing that is beyond doubt.
fn in_doubt(report: &ScanReport<'_>) -> Option<String> {
    let (doubtful, exposed) = (report.scope.people_in_doubt, report.scope.people.exposed);
    let doubts = report.facts.doubts(report.scope).join(", ").replace('`', "'");
    let who = match (doubtful, exposed) {
        (1, 1) => "This person stands".to_string(),
        (n, all) if n == all => "All of them stand".into(),
        (1, _) => "1 of them stands".into(),
        (n, _) => format!("{} of them stand", count(n)),
    };
    (doubtful > 0).then(|| {
        format!(
            "{who} in nothing but breaches that are in doubt ({doubts}). Find out whether these data are true before you tell anybody of them; they are counted in every figure here."
        )
    })
}

fn whom_to_tell(report: &ScanReport<'_>) -> String {
    let of = &report.scope.people;
    let unknown = match of.unknown {
        0 => String::new(),
        n => format!(" Nothing is known about {}: they may be exposed or not.", people(n)),
    };
    let told = match of {
        // A domain is nobody's, and was asked for all the same.
        People { exposed: 0, not_found: 0, .. } if domains(report.scope).count() > 0 => {
            let found = domains(report.scope).map(|of_kind| of_kind.exposed).sum::<u64>();
            format!(
                "The list names domains and no people: {} found in these breaches. The result lines say how many records of each breach have an address there.",
                match found {
                    0 => "none of them was".to_string(),
                    1 => "one of them was".to_string(),
                    n => format!("{} of them were", count(n)),
                }
            )
        }
        People { exposed: 0, not_found: 0, .. } => {
            "No breach could be asked for what stands in the list. This does not mean that nobody is exposed.".into()
        }
        People { exposed: 0, .. } => {
            "As far as these breaches could be asked, nobody on the list has to be told because of them.".into()
        }
        of if report.scope.people_in_doubt == of.exposed => {
            "Nobody has to be told yet: what was found stands only in breaches that are in doubt.".into()
        }
        People { exposed: 1, .. } => {
            format!("This person is the one to tell what leaked: the table says what. {DECIDED_BY_YOU}")
        }
        of => format!(
            "These {} people are the ones to tell what of theirs leaked: the table says what, and of how many. {DECIDED_BY_YOU}",
            count(of.exposed)
        ),
    };
    let who = match report.people {
        None if of.exposed > report.scope.people_in_doubt => {
            " Who they are stands in the result files of the scan, and not here."
        }
        _ => "",
    };
    format!("{told}{who}{unknown}")
}

/// What no number says.
pub(super) const DECIDED_BY_YOU: &str =
    "Whether and when the law wants it depends on the risk to them, and is for you to decide.";

/// What became of kinds that are of no person.
fn domains(scope: &Scope) -> impl Iterator<Item = &KindScope> {
    scope.kinds.iter().filter(|(kind, of_kind)| kind.is_counted() && of_kind.gap.is_none()).map(|(_, of_kind)| of_kind)
}

/// Those whose data can be misused at once.
fn whom_first(report: &ScanReport<'_>) -> Option<String> {
    let harmed = report.scope.combinations.harmed();
    let least = if report.scope.combinations.other > 0 { "at least " } else { "" };
    let mut classes: Vec<DataClass> = report.scope.classes().into_iter().map(|(class, _)| class).collect();
    classes.retain(|class| words::is_harmful(*class));
    classes.sort_by_key(|class| Reverse(harm(ClassMask::of(*class))));
    let names: Vec<&str> = classes.into_iter().map(DataClass::name).collect();
    let is_sure = report.scope.people_in_doubt < report.scope.people.exposed;
    (harmed > 0 && is_sure).then(|| {
        format!(
            "Tell {least}{} first: data of theirs can be misused at once, or can hardly be changed ({}).",
            people(harmed),
            joined(&names)
        )
    })
}

/// What hurts most first, then what most people lost.
fn by_class(scope: &Scope) -> Table {
    let exposed = scope.people.exposed;
    let mut classes: Vec<(usize, (DataClass, u64))> = scope.classes().into_iter().enumerate().collect();
    classes.sort_by_key(|(_, (class, _))| Reverse(harm(ClassMask::of(*class))));
    let row = |(place, (class, people)): (usize, (DataClass, u64))| Row {
        head: class.name().into(),
        badge: words::is_harmful(class).then_some("tell first"),
        note: misuse(class, Reader::Organisation),
        mark: Some(Mark::Bar(length(people, exposed))),
        cells: vec![Cell::Count(people, format!("data_classes[{place}].people")), Cell::Share(people, exposed)],
    };
    let rows = classes.into_iter().map(row).collect();
    Table::new(
        "What leaked, of how many people, and what it can be misused for",
        &["Data class", "People", "Of the exposed"],
        rows,
    )
}

fn by_breach(report: &ScanReport<'_>) -> Section {
    let scope = report.scope;
    let row = |(place, breach): &(usize, &Breach)| {
        let people = scope.people_by_breach[*place];
        Row {
            head: breach.title.clone().unwrap_or_else(|| breach.name.clone()),
            badge: breach.incomplete.then_some("incomplete"),
            note: breach_note(breach),
            mark: Some(Mark::Bar(length(people, scope.people.exposed))),
            cells: vec![
                Cell::Count(people, format!("breaches[{place}].people")),
                Cell::Share(people, scope.people.exposed),
            ],
        }
    };
    let rows = report.asked().iter().map(row).collect();
    let table = Table::new("People of this list in each breach", &["Breach", "People", "Of the exposed"], rows);
    let text = "A person who is in several breaches counts in each of them, and once in the total.";
    Section::new("Which breaches they are in", vec![Block::Text(text.into()), Block::Table(table)])
}

/// The name behind a title, when it was, and what leaked.
fn breach_note(breach: &Breach) -> String {
    let name = breach.title.is_some().then(|| breach.name.clone());
    let date = breach.breach_date.as_ref().map(|date| format!("of {date}"));
    let records = counted(breach.records, "record", "records");
    let classes = (!breach.data_classes.is_empty()).then(|| format!("with {}", breach.data_classes.join(", ")));
    // What somebody has said of its worth: a reader must not have to look for "fabricated".
    let flags = (!breach.about.flags.is_empty()).then(|| breach.about.flags.join(", ").replace('_', " "));
    let parts = name.into_iter().chain(flags).chain(date).chain([records]).chain(classes);
    parts.collect::<Vec<_>>().join(" \u{b7} ")
}

fn in_time(report: &ScanReport<'_>) -> Option<Section> {
    let table = time::table(&report.asked())?;
    let text = "The bar spans the days that stand in the data themselves, without birthdays and the few most extreme: data that end years ago are that old. The dot is the day of the breach, as far as somebody has said it.";
    Some(Section::new("How old the data are", vec![Block::Text(text.into()), Block::Table(table)]))
}

fn together(scope: &Scope) -> Option<Section> {
    let Chosen { often, rare, others } = choose(&scope.combinations);
    let places: Vec<ClassMask> = scope.combinations.by_people().into_iter().map(|(set, _)| set).collect();
    let exposed = scope.people.exposed;
    let row = |(set, people): &(ClassMask, u64)| {
        let (first, others): (Vec<DataClass>, Vec<DataClass>) =
            set.classes().partition(|class| words::is_harmful(*class));
        let names = |classes: &[DataClass]| classes.iter().map(|class| class.name()).collect::<Vec<_>>().join(", ");
        let place = places.iter().position(|known| known == set).unwrap_or_default();
        let (head, note) = match (first.as_slice(), others.as_slice()) {
            ([], []) => ("no class is known".into(), String::new()),
            ([], others) => (names(others), String::new()),
            (first, []) => (names(first), "alone".into()),
            (first, others) => (names(first), format!("together with {}", names(others))),
        };
        Row {
            head,
            note,
            badge: (harm(*set) > 0).then_some("tell first"),
            mark: Some(Mark::Bar(length(*people, exposed))),
            cells: vec![Cell::Count(*people, format!("combinations[{place}].people")), Cell::Share(*people, exposed)],
        }
    };
    if often.is_empty() {
        return None;
    }
    let mut sets = [often, rare].concat();
    sets.sort_by_key(|(set, _)| Reverse(harm(*set)));
    let rows = sets.iter().map(row).collect();
    let columns = ["What leaked of one person, over all breaches", "People", "Of the exposed"];
    let mut table = Table::new("People by what leaked together, what hurts most first", &columns, rows);
    table.rest =
        (others > 0).then(|| format!("{} with other combinations, all of them in the summary.", people(others)));
    let text = "An e-mail address alone is a nuisance; with an identity number and a telephone number of the same person it is a tool for fraud. Every exposed person stands in exactly one line.";
    Some(Section::new("What leaked together", vec![Block::Text(text.into()), Block::Table(table)]))
}

fn by_group(groups: &Groups, columns: &[String]) -> Section {
    let all = groups.by_cells();
    let rows = all.iter().take(GROUPS_SHOWN).enumerate();
    let rows = rows.map(|(place, (cells, people))| {
        let key = format!("group_by.groups[{place}].people");
        group_row(cells.join(" \u{b7} "), people, &key)
    });
    let names = columns.join(", ");
    let mut table = group_table(format!("People by {names}"), &names, rows.collect());
    let more = |shown: usize, all: usize, what: &str| {
        let left = all.saturating_sub(shown) as u64;
        (left > 0).then(|| format!("And {} more {what}, all of them in the summary.", count(left)))
    };
    table.rest = more(GROUPS_SHOWN, all.len(), "groups");
    let mut blocks = vec![Block::Table(table)];
    if let Some(domains) = groups.by_domain() {
        let named = domains.named.iter().take(GROUPS_SHOWN).enumerate();
        let named = named.map(|(place, (name, people))| {
            group_row(name.clone(), people, &format!("group_by.domains.named[{place}].people"))
        });
        let others =
            [("all other domains", &domains.others, "others"), ("no address", &domains.none, "without_address")];
        let others = others.into_iter().filter(|(_, people, _)| people.total() > 0);
        let others =
            others.map(|(name, people, key)| group_row(name.into(), people, &format!("group_by.domains.{key}")));
        let rows = named.chain(others).collect();
        let mut table = group_table("People by the domain of their e-mail address".into(), "Domain", rows);
        table.rest = more(GROUPS_SHOWN, domains.named.len(), "domains");
        blocks.push(Block::Table(table));
    }
    Section::new("By group", blocks)
}

fn group_table(caption: String, name: &str, rows: Vec<Row>) -> Table {
    Table::new(caption, &[name, "Exposed", "Not found", "Unknown"], rows)
}

fn group_row(head: String, people: &People, key: &str) -> Row {
    let all = people.total();
    let numbers = [(people.exposed, "exposed"), (people.not_found, "not_found"), (people.unknown, "unknown")];
    Row {
        head,
        mark: Some(Mark::Stack(numbers.map(|(n, _)| length(n, all)))),
        cells: numbers.map(|(n, name)| Cell::Count(n, format!("{key}.{name}"))).to_vec(),
        ..Row::default()
    }
}

/// What the breaches hold of the kinds of the list, and how much of it is nobody's here.
fn other_direction(report: &ScanReport<'_>) -> Section {
    let values = &report.scope.values;
    let row = |of: &BreachValues| {
        let breach = &report.facts.breaches[of.breach];
        let kind = of.kind.name();
        let key = |field: &str| format!("breaches[{}].values.{kind}.{field}", of.breach);
        Row {
            head: breach.title.clone().unwrap_or_else(|| breach.name.clone()),
            note: words::kind(kind).into(),
            badge: of.at_most.then_some("at most"),
            mark: Some(Mark::Bar(length(of.met, of.held))),
            cells: vec![
                Cell::Count(of.held, key("held")),
                Cell::Count(of.met, key("met")),
                Cell::Count(of.strangers(), key("met_nobody")),
            ],
        }
    };
    let columns = ["Breach, and kind of identifier", "Different values in it", "On this list", "On no row of it"];
    let table = Table::new(
        "Values of the breaches by whether they stand in this list",
        &columns,
        values.iter().map(row).collect(),
    );
    let mut blocks = vec![
        Block::Text(
            "Everything above goes from the list to the breaches. A breach may also be about people who are not on this list: former customers, customers of partners, strangers. The last column counts their addresses and numbers. A value is not a person: one person can have several. Telephone numbers that a breach has without their country are not counted.".into(),
        ),
        Block::Table(table),
    ];
    if values.iter().any(|of| of.at_most) {
        blocks.push(Block::Text(
            "\u{201c}At most\u{201d}: fewer values may be on no row of the list. The breach was read in several parts, or has hashes beside values, and a value that stands in two of them counts twice; or other spellings of what is on the list, and numbers without their country, cannot be told apart from other values; or values are forgotten on demand; or it was ingested by an earlier version, which counted some values several times.".into(),
        ));
    }
    blocks.push(Block::Text(
        "To find out who they are, scan every further list that you have: former customers, partners, employees."
            .into(),
    ));
    Section::new("The other direction: what is in a breach, and not on this list", blocks)
}

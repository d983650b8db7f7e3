//! Notifications, filled from the numbers as far as these go: drafts to edit, in our own words.
//!
//! Every figure is followed by its name in the summary, so that whoever signs can look it up. What no number says (causes,
//! measures, contacts, the time of becoming aware) is a line to be filled in, never a guess.
//!
//! Source: Regulation (EU) 2016/679, Art. 33(3) and 34(2); Personal Information Protection Law of the People's Republic of
//! China, Art. 57. A summary of what they ask for, and no legal advice.

use super::scan::ScanReport;
use super::words::{self, Reader, misuse};
use super::{Block, Page, Section};
use crate::index::Breach;
use crate::index::class::DataClass;
use crate::report::text::count;

/// A notification that the law asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// To the supervisory authority, by Art. 33 GDPR.
    Gdpr33,
    /// To the people, by Art. 34 GDPR.
    Gdpr34,
    /// To the authorities and the people, by Art. 57 PIPL.
    Pipl57,
}

impl Form {
    /// Every form.
    pub const ALL: [Form; 3] = [Form::Gdpr33, Form::Gdpr34, Form::Pipl57];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Form::Gdpr33 => "gdpr33",
            Form::Gdpr34 => "gdpr34",
            Form::Pipl57 => "pipl57",
        }
    }
}

/// Fills a form.
pub fn form_page(form: Form, report: &ScanReport<'_>) -> Page {
    let (headline, kind) = match form {
        Form::Gdpr33 => (
            "Notification of a personal data breach to the supervisory authority",
            "Draft by Art. 33(3) GDPR. It is due within 72 hours after the breach became known; what is missing then may follow in steps (Art. 33(4)).",
        ),
        Form::Gdpr34 => (
            "What happened to your data",
            "Draft of a message to the people concerned by Art. 34(2) GDPR, which is due where the risk to them is high. Plain words; one version for each group that lost the same.",
        ),
        Form::Pipl57 => (
            "Notification of a leak of personal information",
            "Draft by Art. 57 PIPL, to the authorities and the individuals, at once.",
        ),
    };
    let mut lead = vec![Block::Text(
        "Filled from the numbers of a scan. Behind every figure stands its name in the JSON of the same scan (`--summary`). What no number says is a marked line to be filled in.".into(),
    )];
    if report.scope.is_incomplete() {
        lead.push(Block::Alert("The scan is incomplete (`complete` is false): the numbers are at least these.".into()));
    }
    let sections = match form {
        Form::Gdpr33 => gdpr33(report),
        Form::Gdpr34 => gdpr34(report),
        Form::Pipl57 => pipl57(report),
    };
    lead.extend(in_doubt(report));
    Page { kind: kind.into(), headline: headline.into(), lead, sections }
}

/// That some of the persons may not be concerned at all.
fn in_doubt(report: &ScanReport<'_>) -> Option<Block> {
    let doubtful = report.scope.people_in_doubt;
    let doubts = report.facts.doubts(report.scope).join(", ").replace('`', "'");
    (doubtful > 0).then(|| {
        Block::Alert(format!(
            "{} in nothing but breaches that are in doubt: {doubts}. They are counted in every figure below: check whether these data are true before this is sent, and scan the others alone (`--breach`).",
            match doubtful {
                1 => "1 of the persons (`people_only_in_doubtful_breaches`) stands".to_string(),
                n => format!("{} of the persons (`people_only_in_doubtful_breaches`) stand", count(n)),
            }
        ))
    })
}

fn gdpr33(report: &ScanReport<'_>) -> Vec<Section> {
    vec![
        Section::new(
            "The controller, and when the breach became known",
            vec![
                blank("name and address of the controller"),
                blank("day and hour at which the breach became known"),
                blank("if more than 72 hours have passed since: why (Art. 33(1))"),
            ],
        ),
        Section::new(
            "(a) Nature of the breach",
            [
                vec![
                    blank("what happened: loss of confidentiality, integrity or availability, and how"),
                    blank("categories of persons: customers, employees, others"),
                ],
                persons(report),
                records(report),
                vec![Block::Text("Categories of data:".into()), classes(report)],
                window(report),
            ]
            .concat(),
        ),
        Section::new(
            "(b) Contact",
            vec![blank("name and contact of the data protection officer, or of whoever else can say more")],
        ),
        Section::new(
            "(c) Likely consequences",
            vec![
                Block::Text("What the data that leaked can be misused for:".into()),
                consequences(report, Reader::Authority),
                blank("how likely and how grave these are for the persons concerned"),
            ],
        ),
        Section::new(
            "(d) Measures",
            vec![
                blank("what was done, and will be done, against the breach"),
                blank(
                    "what was done, and will be done, against its effects: warnings, blocking of cards and passwords, watching for fraud",
                ),
                blank("whether the persons have been told (Art. 34), when and how"),
            ],
        ),
        not_known(report),
    ]
}

fn gdpr34(report: &ScanReport<'_>) -> Vec<Section> {
    vec![
        Section::new("What happened", vec![
            blank("what happened and when, in two or three plain sentences"),
            Block::Text("The data came to light in these breaches:".into()),
            breaches(report),
        ]),
        Section::new("Which of your data", vec![
            Block::Text("Of all persons concerned, these data leaked; in each message stand those of its reader only (`--notify` writes them beside your own columns):".into()),
            classes(report),
        ]),
        Section::new("What it may mean for you (Art. 33(3)(c))", vec![consequences(report, Reader::Persons)]),
        Section::new("What we do, and what you can do (Art. 33(3)(d))", vec![
            blank("what has been done against the breach and its effects"),
            Block::Items(advice(report)),
        ]),
        Section::new("Whom you can ask (Art. 33(3)(b))", vec![blank("name and contact of the data protection officer, or of whoever else can say more")]),
        Section::new("Before it is sent", [
            persons(report),
            vec![
                blank("why the risk is high, or why a message is sent all the same"),
                blank("whether an exception of Art. 34(3) holds: data that nobody can read, a risk that has been removed, or a public notice in the place of too many messages"),
            ],
        ]
        .concat()),
        not_known(report),
    ]
}

fn pipl57(report: &ScanReport<'_>) -> Vec<Section> {
    vec![
        Section::new(
            "1. Categories of personal information, causes, and possible harm",
            [
                vec![Block::Text("Categories of personal information that leaked:".into()), classes(report)],
                persons(report),
                records(report),
                window(report),
                vec![
                    blank("whether it was leaked, tampered with or lost, and from what cause"),
                    Block::Text("Possible harm:".into()),
                    consequences(report, Reader::Authority),
                ],
            ]
            .concat(),
        ),
        Section::new(
            "2. Measures",
            vec![
                blank("remedial measures taken by the handler"),
                Block::Text("What individuals can do to lessen the harm:".into()),
                Block::Items(advice(report)),
            ],
        ),
        Section::new("3. Contact", vec![blank("name and contact of the personal information handler")]),
        Section::new(
            "Whether individuals have to be told",
            vec![blank(
                "whether the measures keep off harm effectively, so that individuals need not be told; the authority may want it all the same",
            )],
        ),
        not_known(report),
    ]
}

fn blank(text: &str) -> Block {
    Block::Blank(text.into())
}

/// A figure with its name.
fn figure(n: u64, key: &str) -> String {
    format!("{} (`{key}`)", count(n))
}

/// A number of persons or records with its name.
fn figure_of(n: u64, one: &str, many: &str, key: &str) -> String {
    format!("{} (`{key}`)", words::counted(n, one, many))
}

fn persons(report: &ScanReport<'_>) -> Vec<Block> {
    let of = &report.scope.people;
    let mut items = vec![format!(
        "Approximate number of persons concerned, as far as they stand on the list that was scanned: {}",
        figure(of.exposed, "people.exposed")
    )];
    if report.scope.people_in_doubt > 0 {
        items.push(format!(
            "of them in nothing but breaches that are in doubt, so that it is not known whether they are concerned: {}",
            figure(report.scope.people_in_doubt, "people_only_in_doubtful_breaches")
        ));
    }
    if report.scope.combinations.harmed() > 0 {
        // Of people with other combinations it is not known.
        let least = if report.scope.combinations.other > 0 { "at least " } else { "" };
        items.push(format!(
            "of them with identity documents, cards, bank accounts, passwords, health or biometric data: {least}{}",
            figure(report.scope.combinations.harmed(), "people_with_harmful_classes")
        ));
    }
    vec![Block::Items(items)]
}

fn records(report: &ScanReport<'_>) -> Vec<Block> {
    vec![
        Block::Items(vec![format!(
            "Approximate number of records concerned, one for each person and breach: {}",
            figure(report.scope.pairs, "person_breach_pairs")
        )]),
        Block::Text("By breach:".into()),
        breaches(report),
    ]
}

fn classes(report: &ScanReport<'_>) -> Block {
    let item = |(place, (class, people)): (usize, (DataClass, u64))| {
        let key = format!("data_classes[{place}].people");
        format!("{}: {}", class.name(), figure_of(people, "person", "persons", &key))
    };
    Block::Items(report.scope.classes().into_iter().enumerate().map(item).collect())
}

/// The title of a breach, or its name. Backticks would set code.
fn title(breach: &Breach) -> String {
    breach.title.as_ref().unwrap_or(&breach.name).replace('`', "'")
}

/// The breaches in which somebody was found, with their days.
fn breaches(report: &ScanReport<'_>) -> Block {
    let mut items = Vec::new();
    for (place, breach) in report.asked() {
        let people = report.scope.people_by_breach[place];
        if people == 0 {
            continue;
        }
        let key = |field: &str| format!("breaches[{place}].{field}");
        let day = |day: &Option<String>, field: &str| match day {
            Some(day) => format!("{day} (`{}`)", key(field)),
            None => "not known".into(),
        };
        let doubt = breach.doubt().map(|doubt| format!(" (in doubt: {doubt})")).unwrap_or_default();
        items.push(format!(
            "{}{doubt}: {}, {} in the files; day of the breach {}; days in the data from {} through {}",
            title(breach),
            figure_of(people, "person", "persons", &key("people")),
            figure_of(breach.records, "record", "records", &key("records")),
            day(&breach.breach_date, "breach_date"),
            day(&breach.data_from, "data_from"),
            day(&breach.data_through, "data_through"),
        ));
    }
    Block::Items(items)
}

/// The time that the data are about.
fn window(report: &ScanReport<'_>) -> Vec<Block> {
    let met = || report.asked().into_iter().filter(|(place, _)| report.scope.people_by_breach[*place] > 0);
    let is_open = |breach: &Breach| breach.data_from.is_none() || breach.data_through.is_none();
    let open: Vec<String> = met().filter(|(_, breach)| is_open(breach)).map(|(_, breach)| title(breach)).collect();
    let from = met().filter_map(|(place, breach)| Some((breach.data_from.clone()?, place))).min();
    let through = met().filter_map(|(place, breach)| Some((breach.data_through.clone()?, place))).max();
    let window = match (from, through) {
        (Some((from, first)), Some((through, last))) => {
            let open = match open.is_empty() {
                true => String::new(),
                false => format!("; not known of {}", open.join(", ")),
            };
            Block::Items(vec![format!(
                "Time that the data are about: {from} (`breaches[{first}].data_from`) through {through} (`breaches[{last}].data_through`){open}"
            )])
        }
        _ => blank("the time that the data are about: no day stands in them"),
    };
    vec![window, blank("when the breach began and ended")]
}

/// What the data can be misused for, each said once.
fn consequences(report: &ScanReport<'_>, reader: Reader) -> Block {
    let mut all: Vec<(String, Vec<&str>)> = Vec::new();
    for (class, _) in report.scope.classes() {
        let misuse = misuse(class, reader);
        match all.iter_mut().find(|(known, _)| *known == misuse) {
            Some((_, classes)) => classes.push(class.name()),
            None => all.push((misuse, vec![class.name()])),
        }
    }
    let item = |(misuse, classes): (String, Vec<&str>)| format!("{}: {misuse}", words::joined(&classes));
    Block::Items(all.into_iter().map(item).collect())
}

/// What people can do, for the data that leaked.
fn advice(report: &ScanReport<'_>) -> Vec<String> {
    let classes: Vec<&str> = report.scope.classes().iter().map(|(class, _)| class.name()).collect();
    let has = |names: &[&str]| names.iter().any(|name| classes.contains(name));
    let mut advice = Vec::new();
    if has(&["Passwords", "Security questions and answers", "Auth tokens"]) {
        advice.push("Change the password here and wherever you use it too, and switch on a second factor.");
    }
    if has(&["Credit cards", "Bank account numbers", "Partial credit card data", "Payment methods"]) {
        advice.push("Look through your statements, and have a card blocked that shows payments which are not yours.");
    }
    if has(&["Government issued IDs", "Social security numbers", "Passport numbers", "Driver's licenses"]) {
        advice.push("Ask credit agencies what is stored about you, and report contracts that you did not make.");
    }
    if has(&["Email addresses", "Phone numbers", "Instant messenger identities"]) {
        advice.push("Distrust mails, messages and calls that know details about you: do not follow their links, and call back at a number that you know.");
    }
    if has(&["Dates of birth", "Customer numbers", "Employee numbers", "Contract numbers"]) {
        advice.push("Do not take it as a proof that somebody knows your birthday or your number.");
    }
    advice.push("Keep this message: it says which of your data are known to others.");
    advice.into_iter().map(String::from).collect()
}

fn not_known(report: &ScanReport<'_>) -> Section {
    let scope = report.scope;
    let of = &scope.people;
    let mut items = vec![
        format!("Persons on the list who could not be asked for, and may be concerned: {}", figure(of.unknown, "people.unknown")),
        format!(
            "Persons not found, of whom a part of the identifiers could not be asked for: {}",
            figure(of.not_found_in_part, "people.not_found_in_part")
        ),
        "Persons in the breaches who are not on the list that was scanned (former customers, customers of partners): not known.".into(),
    ];
    items.extend(scope.values.iter().filter(|of| of.strangers() > 0).map(|of| {
        let most = if of.at_most { "at most " } else { "" };
        let key = |field: &str| format!("breaches[{}].values.{}.{field}", of.breach, of.kind.name());
        let breach = title(&report.facts.breaches[of.breach]);
        let kind = words::kind(of.kind.name()).to_lowercase();
        let (strangers, held) = (figure(of.strangers(), &key("met_nobody")), figure(of.held, &key("held")));
        format!("Values in {breach} that stand in no row of that list ({kind}): {most}{strangers}, of {held}")
    }));
    let incomplete = report.asked().into_iter().filter(|(_, breach)| breach.incomplete);
    items.extend(incomplete.map(|(place, breach)| {
        format!("{} could not be read as a whole (`breaches[{place}].incomplete`).", title(breach))
    }));
    Section::new("What is not known yet", vec![Block::Items(items), blank("when the rest will be reported")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command_line() {
        assert_eq!(Form::ALL.map(Form::name), ["gdpr33", "gdpr34", "pipl57"]);
    }
}

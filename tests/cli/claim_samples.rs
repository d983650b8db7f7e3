//! Samples of every sort, from one generator, against the same two lists: what a claim says about each.

use super::desk::{Desk, Random};
use serde_json::Value;

/// How values are drawn.
#[derive(Clone, Copy, PartialEq)]
pub enum Draw {
    /// As people are: a few names, towns and providers have most, and cells are left out.
    Uneven,
    /// As a program does that picks from a list.
    Even,
}

const GIVEN: [&str; 8] = ["Anna", "Ben", "Cem", "Dana", "Emil", "Fay", "Gert", "Hanna"];
const FAMILY: [&str; 10] = ["Adler", "Brandt", "Conrad", "Decker", "Ebert", "Falk", "Graf", "Hein", "Issel", "Jahn"];
const TOWNS: [&str; 8] = ["Berlin", "Bonn", "Bremen", "Celle", "Hamm", "Kiel", "Ulm", "Wesel"];
/// Domains of which nobody says that they are reserved.
const DOMAINS: [&str; 5] = ["post-of-all.de", "lettermail.net", "inbox-and-more.org", "brieftaube.info", "mailhaus.de"];

pub struct Person {
    pub name: String,
    pub email: String,
    pub mobile: String,
    pub town: String,
    pub day: usize,
}

struct People {
    random: Random,
    draw: Draw,
}

impl People {
    fn pick(&mut self, of: &[&str]) -> String {
        let n = of.len() as u64;
        let place = match self.draw {
            Draw::Even => self.random.below(n),
            // The smallest of three.
            Draw::Uneven => (0..3).map(|_| self.random.below(n)).min().unwrap_or(0),
        };
        of[place as usize].to_string()
    }

    fn person(&mut self, number: usize) -> Person {
        let name = format!("{} {}", self.pick(&GIVEN), self.pick(&FAMILY));
        let local = format!("{}.{:x}", name.to_lowercase().replace(' ', "."), self.random.next() >> 40);
        let town =
            if self.draw == Draw::Uneven && self.random.below(9) == 0 { String::new() } else { self.pick(&TOWNS) };
        Person {
            name,
            email: format!("{local}@{}", self.pick(&DOMAINS)),
            mobile: format!("+4915{}{:08}", self.random.below(10), self.random.below(100_000_000)),
            town,
            day: number / 4,
        }
    }
}

pub fn people(seed: u64, draw: Draw, count: usize) -> Vec<Person> {
    let mut people = People { random: Random(seed), draw };
    (0..count).map(|number| people.person(number)).collect()
}

fn date(day: usize) -> String {
    format!("{}-{:02}-{:02}", 2019 + day / 336, day / 28 % 12 + 1, day % 28 + 1)
}

pub fn ours(draw: Draw) -> Vec<Person> {
    people(101, draw, 4000)
}

/// Customers with all that is known of them, and employees.
pub fn desk(draw: Draw) -> Desk {
    let desk = Desk::new();
    let row = |person: &Person| {
        format!("{},{},{},{},{}\n", person.name, person.email, person.mobile, person.town, date(person.day))
    };
    desk.write(
        "crm.csv",
        "name,email,mobile,city,created\n".to_string() + &ours(draw).iter().map(row).collect::<String>(),
    );
    let row = |person: &Person| format!("{},{},{}\n", person.name, person.email, person.mobile);
    desk.write(
        "hr.csv",
        "name,email,mobile\n".to_string() + &people(102, draw, 500).iter().map(row).collect::<String>(),
    );
    desk
}

pub fn csv<'a>(people: impl IntoIterator<Item = &'a Person>) -> String {
    let row = |person: &Person| {
        format!("{};{};{};{}\n", person.name, person.mobile, person.email.to_uppercase(), person.town)
    };
    "Name;Telefon;E-Mail;Ort\n".to_string() + &people.into_iter().map(row).collect::<String>()
}

/// A dump with another table before the one of people.
fn sql<'a>(people: impl IntoIterator<Item = &'a Person>) -> String {
    let row = |(number, person): (usize, &Person)| {
        format!("({number},'{}','{}','{}')", person.name, person.email, person.mobile)
    };
    let rows: Vec<String> = people.into_iter().enumerate().map(row).collect();
    format!(
        "DROP TABLE IF EXISTS `settings`;\nCREATE TABLE `settings` (`k` varchar(20), `v` varchar(20));\n\
         INSERT INTO `settings` VALUES ('theme','dark'),('pages','17');\n\
         CREATE TABLE `members` (`id` int, `name` varchar(99), `email` varchar(99), `mobile` varchar(20));\n\
         INSERT INTO `members` VALUES {};\n",
        rows.join(",")
    )
}

const AGAINST: &str = "--against hr.csv crm.csv --quiet --json";

#[track_caller]
pub fn check(desk: &Desk, name: &str, text: String, more: &str, want: &str) -> Value {
    desk.write(name, text);
    let outcome = desk.leakdex(&format!("claim {name} {AGAINST} {more}")).run_ok();
    let answer: Value = serde_json::from_str(&outcome.stdout_text()).expect("JSON");
    assert_eq!(answer["verdict"], want, "{name}: {answer:#}");
    answer
}

#[test]
fn an_extract_is_genuine_whatever_its_size() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    let part = |count: usize| csv(ours[..2400].iter().step_by(2400 / count).take(count));
    check(&desk, "five.csv", part(5), "", "cannot_tell");
    check(&desk, "twenty.csv", part(20), "", "genuine");
    check(&desk, "hundred.csv", part(100), "", "genuine");
    let answer = check(&desk, "sample.csv", part(1200), "--created-column created", "genuine");
    assert_eq!((&answer["best_list"], &answer["joint"]["records"]), (&"crm.csv".into(), &1200.into()));
    assert_eq!(answer["lists"][1]["window"]["not_before"], date(2399 / 4));
    let agreeing = answer["lists"][1]["further_columns"].as_array().expect("columns");
    assert!(agreeing.len() == 2 && agreeing.iter().all(|column| column["agrees"] == true), "{answer:#}");
    check(&desk, "sample.sql", sql(&ours[..1200]), "", "genuine");
    // A year later a few have other numbers.
    let mut random = Random(31);
    let changed = ours[..1200].iter().map(|person| {
        let mobile = if random.below(10) == 0 {
            format!("+49176{:08}", random.below(100_000_000))
        } else {
            person.mobile.clone()
        };
        Person { mobile, name: person.name.clone(), email: person.email.clone(), town: person.town.clone(), day: 0 }
    });
    check(&desk, "changed.csv", csv(&changed.collect::<Vec<_>>()), "", "genuine");
}

#[test]
fn what_was_put_together_from_two_people_is_stitched() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    let stitched = |count: usize| {
        let both = ours[..count].iter().zip(&ours[count..2 * count]);
        let row = |(one, other): (&Person, &Person)| format!("{};{};{};\n", one.name, other.mobile, one.email);
        "Name;Telefon;E-Mail;Ort\n".to_string() + &both.map(row).collect::<String>()
    };
    check(&desk, "five.csv", stitched(5), "", "cannot_tell");
    check(&desk, "twenty.csv", stitched(20), "", "stitched");
    check(&desk, "sample.csv", stitched(1000), "", "stitched");
}

#[test]
fn an_older_breach_is_recycled_as_text_and_as_a_dump_with_other_tables() {
    let desk = desk(Draw::Uneven);
    let (ours, others) = (ours(Draw::Uneven), people(103, Draw::Uneven, 900));
    let old: Vec<&Person> = ours[..300].iter().chain(&others).collect();
    desk.write("old.csv", csv(old.iter().copied()));
    desk.leakdex("ingest old.csv --breach old-shop").run_ok();
    let part = || old.iter().copied().step_by(2);
    for (name, text) in [("sample.csv", csv(part())), ("sample.sql", sql(part()))] {
        let answer = check(&desk, name, text, "--index index", "recycled");
        let recycled = &answer["recycled"];
        assert_eq!((&recycled["every_identifier"], &recycled["of"]), (&600.into(), &600.into()), "{name}");
        assert_eq!((&answer["sample"]["records"], &answer["complete"]), (&600.into(), &true.into()), "{name}");
    }
    check(&desk, "fresh.sql", sql(&ours[1000..1500]), "--index index", "genuine");
    check(&desk, "fresh.csv", csv(&people(104, Draw::Uneven, 300)), "--index index", "cannot_tell");
}

/// Whoever is forgotten is no stranger to an older breach: it cannot be told, and that is said.
#[test]
fn of_the_forgotten_it_cannot_be_told_whether_they_are_recycled() {
    let desk = desk(Draw::Uneven);
    let (ours, others) = (ours(Draw::Uneven), people(103, Draw::Uneven, 300));
    let old: Vec<&Person> = ours[..100].iter().chain(&others).collect();
    desk.write("old.csv", csv(old.iter().copied()));
    desk.leakdex("ingest old.csv --breach old-shop").run_ok();
    // All are ours; who is forgotten is no proof of a new breach.
    desk.leakdex("ingest old.csv --breach old-copy --index copy").run_ok();
    let emails: String = ours[..10].iter().map(|person| format!("{}\n", person.email)).collect();
    desk.leakdex("forget --kind email --quiet --index copy").stdin(emails).run_ok();
    desk.write("ours.csv", csv(&ours[..100]));
    let outcome = desk.leakdex(&format!("claim ours.csv {AGAINST} --index copy")).run_code(3);
    let answer: Value = serde_json::from_str(&outcome.stdout_text()).expect("JSON");
    assert_eq!(answer["verdict"], "recycled", "{answer:#}");
    desk.write("sample.csv", csv(old.iter().copied()));
    for (forgotten, verdict) in [(40, "recycled"), (400, "partly")] {
        let emails: String = old[..forgotten].iter().map(|person| format!("{}\n", person.email)).collect();
        desk.leakdex("forget --kind email --quiet").stdin(emails).run_ok();
        let outcome = desk.leakdex(&format!("claim sample.csv {AGAINST} --index index")).run_code(3);
        let answer: Value = serde_json::from_str(&outcome.stdout_text()).expect("JSON");
        let recycled = &answer["recycled"];
        assert_eq!(answer["verdict"], verdict, "{answer:#}");
        assert_eq!((&recycled["could_not_be_asked"], &answer["complete"]), (&forgotten.into(), &false.into()));
        assert!(answer.to_string().contains(&format!("of {forgotten} more it cannot be told")), "{answer:#}");
    }
}

#[test]
fn strangers_are_no_invention() {
    let desk = desk(Draw::Uneven);
    for count in [5, 20, 100, 1000] {
        check(&desk, "strangers.csv", csv(&people(105, Draw::Uneven, count)), "", "cannot_tell");
    }
    // Where our own people were drawn evenly, evenness of others says nothing; and where our lists have no such columns.
    let even = self::desk(Draw::Even);
    check(&even, "strangers.csv", csv(&people(106, Draw::Even, 1000)), "", "cannot_tell");
    let bare = ours(Draw::Uneven).iter().map(|person| format!("{}\n", person.mobile)).collect::<String>();
    even.write("crm.csv", format!("mobile\n{bare}"));
    even.write("hr.csv", format!("mobile\n{bare}"));
    check(&even, "strangers.csv", csv(&people(107, Draw::Even, 1000)), "", "cannot_tell");
}

#[test]
fn what_a_program_makes_is_invented() {
    let desk = desk(Draw::Uneven);
    check(&desk, "drawn.csv", csv(&people(108, Draw::Even, 1000)), "", "invented");
    for count in [20, 100, 1000] {
        let row = |n: usize| {
            format!("{} {};+49151{:08};user{n:04}@lettermail.net;Kiel\n", GIVEN[n % 8], FAMILY[n % 7], n * 3)
        };
        let counted = "Name;Telefon;E-Mail;Ort\n".to_string() + &(0..count).map(row).collect::<String>();
        check(&desk, "counted.csv", counted, "", "invented");
    }
    // Numbers of people who were born on other days than their record says.
    let mut random = Random(33);
    let row = |n: usize| {
        let id = format!(
            "{}{}{:02}{:02}{:03}",
            ["110105", "310101"][n % 2],
            1950 + n % 50,
            n % 12 + 1,
            n % 28 + 1,
            n * 7 % 1000
        );
        let digits = id.bytes().map(|digit| u32::from(digit - b'0'));
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let check =
            b"10X98765432"[(digits.zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11) as usize];
        let born = format!("{}-{:02}-{:02}", 1950 + random.below(50), random.below(12) + 1, random.below(28) + 1);
        format!("{id}{},{born},someone{}@lettermail.net\n", char::from(check), random.next())
    };
    let contradicting = "身份证号,出生日期,email\n".to_string() + &(0..300).map(row).collect::<String>();
    let answer = check(&desk, "contradicting.csv", contradicting, "", "invented");
    assert!(answer["reasons"].to_string().contains("name another birthday or sex"), "{answer:#}");
    check(&desk, "drawn5.csv", csv(&people(109, Draw::Even, 5)), "", "cannot_tell");
}

/// A user name that is the address, or a customer number that is the telephone number, is no second identifier: whoever has a list of
/// addresses makes such names of it.
#[test]
fn what_is_made_of_the_address_proves_nothing() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    let local = |person: &Person| person.email.split('@').next().unwrap_or_default().to_string();
    let digits = |person: &Person| person.mobile.trim_start_matches('+').to_string();
    let row = |person: &Person| format!("{},{},{},{}\n", person.email, local(person), person.mobile, digits(person));
    let crm = "email,username,mobile,customer_no\n".to_string() + &ours.iter().map(row).collect::<String>();
    desk.write("crm.csv", &crm);
    let harvested = |row: fn(&Person, String, String) -> String, head: &str| {
        let rows = ours[..400].iter().map(|person| row(person, local(person), digits(person)));
        format!("{head}\n{}", rows.collect::<String>())
    };
    let names = harvested(|person, local, _| format!("{};{}\n", person.email, local.to_uppercase()), "email;username");
    let answer = check(&desk, "names.csv", names, "", "cannot_tell");
    let kinds = &answer["sample"]["kinds"];
    assert_eq!((&kinds["username"]["derived"], &kinds["email"]["matched"]), (&400.into(), &400.into()), "{answer:#}");
    assert_eq!(answer["joint"]["records"], 0);
    let numbers = harvested(|person, _, digits| format!("{};{digits}\n", person.mobile), "mobile;customer_no");
    let answer = check(&desk, "numbers.csv", numbers, "", "cannot_tell");
    assert_eq!(answer["sample"]["kinds"]["customer_no"]["derived"], 400, "{answer:#}");
    // Names and numbers of their own count as ever.
    let own =
        |n: usize, person: &Person| format!("{},user-{:x},{},{}\n", person.email, n * 77_777, person.mobile, 5000 + n);
    let crm: String = ours.iter().enumerate().map(|(n, person)| own(n, person)).collect();
    desk.write("crm.csv", format!("email,username,mobile,customer_no\n{crm}"));
    let row = |(n, person): (usize, &Person)| format!("{};user-{:x}\n", person.email, n * 77_777);
    let own: String = ours[..400].iter().enumerate().map(row).collect();
    let answer = check(&desk, "own.csv", format!("email;username\n{own}"), "", "genuine");
    assert_eq!(answer["sample"]["kinds"]["username"]["derived"], 0, "{answer:#}");
}

/// A text with addresses in it is a sample too: each of them is a record of one kind, which proves nothing alone.
#[test]
fn a_text_is_searched_for_addresses() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    let line = |person: &Person| format!("we have {} <{}> and all of his data, pay now\n", person.name, person.email);
    let text = "Hello,\n\n".to_string() + &ours[..40].iter().map(line).collect::<String>() + "\nRegards\n";
    let answer = check(&desk, "mail.txt", text, "", "cannot_tell");
    assert_eq!((&answer["matched"]["records"], &answer["sample"]["records"]), (&40.into(), &40.into()), "{answer:#}");
}

/// Records of ours are ours, however many others stand beside them, and whatever an older breach holds.
#[test]
fn a_part_that_is_ours_is_never_talked_away() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    let others = people(113, Draw::Uneven, 2400);
    let some = csv(ours[..60].iter().chain(&others));
    check(&desk, "some.csv", some, "", "partly");
    let counted =
        |n: usize| format!("{} {};+49151{:08};user{n:04}@lettermail.net;Kiel\n", GIVEN[n % 8], FAMILY[n % 7], n * 3);
    let made = csv(&ours[..60]) + &(0..2400).map(counted).collect::<String>();
    check(&desk, "made.csv", made, "", "partly");
    // The older breach has nine in ten of them; the others did not come from there.
    desk.write("old.csv", csv(&ours[..900]));
    desk.leakdex("ingest old.csv --breach old-shop").run_ok();
    let part = check(&desk, "new.csv", csv(&ours[..1000]), "--index index", "partly");
    let sentence = "A part of the sample is recycled: 90 % of its records stand whole in breaches that are held already, \
        10 % are new; 100 new records stand in one row of ours.";
    assert_eq!(part["sentence"], sentence);
    for (new, verdict) in [(2, "recycled"), (8, "partly"), (12, "partly")] {
        check(&desk, "few.csv", csv(&ours[500 + new..900 + new]), "--index index", verdict);
    }
    let half = check(&desk, "half.csv", csv(&ours[600..1200]), "--index index", "partly");
    assert!(half["sentence"].as_str().is_some_and(|said| said.contains("50 % are new")), "{half:#}");
    // Its people are ours, and nothing of them is new; the others are nobody's.
    let strangers = people(115, Draw::Uneven, 100);
    desk.write("mixed.csv", csv(ours[..100].iter().chain(&strangers)));
    desk.leakdex(&format!("claim mixed.csv {AGAINST} --index index --report r.md")).run_ok();
    assert!(desk.text("r.md").contains("no sign of a new breach of your data"), "{}", desk.text("r.md"));
    check(&desk, "old-again.csv", csv(&ours[..900]), "--index index", "recycled");
}

/// One number for everybody in a house is nobody's, and says nothing about whose record it is.
#[test]
fn a_number_that_very_many_share_speaks_neither_for_nor_against() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    for shared in [90, 300] {
        let row = |(number, person): (usize, &Person)| {
            let mobile = if number < shared { "+493012345678" } else { &person.mobile };
            format!("{};{};{};{}\n", person.name, mobile, person.email, person.town)
        };
        let rows: String = ours[..1200].iter().enumerate().map(row).collect();
        check(&desk, "house.csv", format!("Name;Telefon;E-Mail;Ort\n{rows}"), "", "genuine");
    }
}

/// Orders of strangers repeat their people, and the desks of a company have numbers in a row.
#[test]
fn strangers_of_a_company_are_no_invention() {
    let desk = desk(Draw::Uneven);
    let strangers = people(114, Draw::Uneven, 300);
    let orders = csv((0..1200).map(|n| &strangers[n * 7 % 300]));
    check(&desk, "orders.csv", orders, "", "cannot_tell");
    let row = |(number, person): (usize, &Person)| {
        format!("{};+4989123410{number:03};{};{}\n", person.name, person.email, person.town)
    };
    let desks: String = strangers.iter().enumerate().map(row).collect();
    check(&desk, "desks.csv", format!("Name;Telefon;E-Mail;Ort\n{desks}"), "", "cannot_tell");
}

/// Where most records are broken, the others do not say what the sample is.
#[test]
fn broken_records_are_no_invention() {
    let desk = desk(Draw::Uneven);
    let good = |n: usize| format!("{{\"email\":\"user{n:04}@lettermail.net\",\"mobile\":\"+49151{:08}\"}}\n", n * 3);
    let bad = |n: usize| format!("{{\"email\":\"someone{n}@lettermail.net\" \"mobile\":\"+4915155{n:06}\"}}\n");
    let text: String = (0..300).map(good).chain((0..600).map(bad)).collect();
    desk.write("slip.jsonl", text);
    let outcome = desk.leakdex(&format!("claim slip.jsonl {AGAINST}")).run_code(3);
    let answer: Value = serde_json::from_str(&outcome.stdout_text()).expect("JSON");
    assert_eq!((&answer["verdict"], &answer["complete"]), (&"cannot_tell".into(), &false.into()), "{answer:#}");
    assert!(answer["reasons"].to_string().contains("600 of 900 records are broken"), "{answer:#}");
}

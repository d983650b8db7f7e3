//! Claims: the verdict about generated samples of which the truth is known.

use super::desk::{Desk, Random};
use serde_json::Value;

/// A person of a list.
#[derive(Clone)]
struct Person {
    email: String,
    mobile: String,
    /// Days since the beginning of 2019.
    day: usize,
}

/// People who are nobody else's.
fn people(seed: u64, count: usize) -> Vec<Person> {
    let mut random = Random(seed);
    let person = |number: usize| Person {
        email: format!("p{:x}@example.{}", random.next() >> 24, ["com", "org", "net"][number % 3]),
        mobile: format!("138{:08}", random.below(100_000_000)),
        // Three a day.
        day: number / 3,
    };
    (0..count).map(person).collect()
}

/// A day after the beginning of 2019, in months of 28 days.
fn date(day: usize) -> String {
    format!("{}-{:02}-{:02}", 2019 + day / 336, day / 28 % 12 + 1, day % 28 + 1)
}

const CUSTOMERS: usize = 3000;
/// The first customer who came after the extract, and the day.
const LATER: usize = 1800;
const LATER_DAY: usize = LATER / 3;

fn customers() -> Vec<Person> {
    people(1, CUSTOMERS)
}

/// Lists of customers and of employees, who have nothing in common.
fn desk() -> Desk {
    let desk = Desk::new();
    let mut text = String::from("customer_no,email,mobile,created,updated\n");
    for (number, person) in customers().iter().enumerate() {
        let (day, later) = (date(person.day), date(person.day + 5));
        text += &format!("{},{},+86{},{day},{later}\n", 70_000 + number * 7, person.email, person.mobile);
    }
    desk.write("crm.csv", text);
    let mut text = String::from("employee_no,e-mail,phone\n");
    for (number, person) in people(2, 600).iter().enumerate() {
        text += &format!("E{number:05},{},+86 {}\n", person.email, person.mobile);
    }
    desk.write("hr.csv", text);
    desk
}

/// A sample as a seller writes it: other names, order, case and separators than the lists.
fn sample(people: impl Iterator<Item = (String, String)>) -> String {
    let line = |(email, mobile): (String, String)| {
        format!("{}-{}-{};{}\n", &mobile[..3], &mobile[3..7], &mobile[7..], email.to_uppercase())
    };
    String::from("Telefon;E-Mail\n") + &people.map(line).collect::<String>()
}

fn as_they_are(people: &[Person]) -> impl Iterator<Item = (String, String)> + '_ {
    people.iter().map(|person| (person.email.clone(), person.mobile.clone()))
}

/// Every second customer from before the extract.
fn extract() -> Vec<Person> {
    customers()[..LATER].iter().step_by(2).cloned().collect()
}

const AGAINST: &str = "--against hr.csv crm.csv --region CN --quiet";

/// The answer about a sample as JSON; neither output repeats any of it.
#[track_caller]
fn answer(desk: &Desk, text: &str, more: &str) -> Value {
    desk.write("sample.csv", text);
    let before = desk.state();
    let outcome = desk.leakdex(&format!("claim sample.csv {AGAINST} --json {more}")).run_ok();
    let screen = desk.leakdex(&format!("claim sample.csv {AGAINST} {more}")).run_ok();
    assert!(desk.state() == before, "a claim leaves nothing behind");
    let answer: Value = serde_json::from_str(&outcome.stdout_text()).expect("JSON");
    let word = answer["verdict"].as_str().expect("a verdict").replace('_', " ").to_uppercase();
    assert!(screen.stdout_text().starts_with(&format!("Verdict: {word}. ")), "{screen}");
    for reason in answer["reasons"].as_array().expect("reasons") {
        assert!(screen.stdout_text().contains(reason.as_str().expect("a sentence")), "{reason}\n{screen}");
    }
    for cell in text.lines().skip(1).take(20).flat_map(|line| line.split(';')).filter(|cell| cell.len() > 6) {
        for out in [&outcome, &screen] {
            let said = (out.stdout_text() + &out.stderr_text()).to_uppercase();
            assert!(!said.contains(&cell.to_uppercase()), "a value is printed");
        }
    }
    answer
}

#[track_caller]
fn expect(answer: &Value, verdict: &str, reason: &str) {
    assert_eq!(answer["verdict"], verdict, "{answer:#}");
    let reasons = answer["reasons"].to_string();
    assert!(reasons.contains(reason), "`{reason}`\n{answer:#}");
}

#[test]
fn an_extract_is_genuine_and_says_when_it_was_taken() {
    let desk = desk();
    let text = sample(as_they_are(&extract()));
    let answer = answer(&desk, &text, "--created-column created --updated-column updated --claimed 650000");
    expect(&answer, "genuine", "`crm.csv` fits best: 900 joint records, and 0 in the next");
    assert_eq!((&answer["matched"]["records"], &answer["joint"]["records"]), (&900.into(), &900.into()));
    assert_eq!(answer["best_list"], "crm.csv");
    let [hr, crm] = [0, 1].map(|list| &answer["lists"][list]);
    assert_eq!((&hr["matched"], &hr["window"], &hr["changed"]), (&0.into(), &Value::Null, &Value::Null));
    assert_eq!((&crm["kinds"]["phone"], &crm["joint_only_here"]), (&900.into(), &900.into()));
    let window = &crm["window"];
    assert_eq!(window["not_before"], date(LATER_DAY - 1));
    // Half of the rows: after seven that are absent (ln 0.01 / ln 0.5) it is no chance, and three came each day.
    assert_eq!(window["not_after"], date(LATER_DAY + 2));
    assert_eq!((&window["absent_rows"]["dense"], &window["not_after_by"]), (&true.into(), &"absent_rows".into()));
    // Every row agrees, so no change bounds it.
    assert_eq!(crm["changed"], serde_json::json!({"compared": 900, "differ": 0}));
    assert_eq!(window["changed_rows"], Value::Null);
    let claimed = &answer["claimed"];
    assert_eq!((&claimed["inferred"], &claimed["rows_of_lists"]), (&Value::Null, &3600.into()));
    // About 0.025^(1/900) of 650,000, the end of the interval where all match; by SciPy. The lists have fewer rows.
    let joint = &claimed["assuming_a_random_sample"]["joint"];
    assert_eq!(*joint, serde_json::json!({"refuted": true, "would_be_at_least": 647_344}));
}

/// A list without days of creation, whose customers get new numbers now and then.
#[test]
fn what_was_changed_since_says_before_which_day_it_was_taken() {
    let desk = desk();
    let extract = customers();
    let mut random = Random(12);
    let mut text = String::from("email,mobile,last_changed\n");
    for (number, person) in extract.iter().enumerate() {
        // Changed on a day of two years; behind the extract, and once in a hundred rows before, the number is another.
        let day = number * 7 % 672;
        let other = if day > 400 { random.below(3) == 0 } else { random.below(100) == 0 };
        let mobile = if other { format!("139{:08}", random.below(100_000_000)) } else { person.mobile.clone() };
        text += &format!("{},+86{mobile},{}\n", person.email, date(day));
    }
    desk.write("crm.csv", text);
    let text = sample(as_they_are(&extract[..2000]));
    let genuine = answer(&desk, &text, "--updated-column last_changed");
    expect(&genuine, "genuine", "fits best");
    let window = &genuine["lists"][1]["window"];
    assert_eq!((&window["not_before"], &window["not_after_by"]), (&Value::Null, &"changed_rows".into()), "{genuine:#}");
    let not_after = window["not_after"].as_str().expect("a day");
    assert!((date(401)..=date(411)).contains(&not_after.to_string()), "{window:#}");
    let screen = desk.leakdex(&format!("claim sample.csv {AGAINST} --updated-column last_changed")).run_ok();
    for part in [format!("extracted on {not_after} or before"), "it holds what stood there before the change".into()] {
        assert!(screen.stdout_text().contains(&part), "{part}\n{screen}");
    }
    // Rows of later years that share the number of somebody who has a row: other people, and no change.
    let mut shared = String::from("email,mobile,last_changed\n");
    for (number, person) in extract[..2000].iter().enumerate() {
        shared += &format!("{},+86{},{}\n", person.email, person.mobile, date(number * 7 % 336));
        shared += &format!("other{number}@example.com,+86{},{}\n", person.mobile, date(400 + number % 200));
    }
    desk.write("crm.csv", shared);
    let unbounded = answer(&desk, &text, "--updated-column last_changed");
    assert_eq!(unbounded["lists"][1]["changed"], serde_json::json!({"compared": 2000, "differ": 0}), "{unbounded:#}");
    assert_eq!(unbounded["lists"][1]["window"], Value::Null);
}

const TOWNS: [&str; 6] = ["Kiel", "Berlin", "Bremen", "Köln", "Bonn", "Hamm"];

/// Two lists of the same people: one has their towns and states as the sample has them, the other the towns of long ago.
#[test]
fn of_lists_with_the_same_people_the_one_fits_whose_further_columns_agree() {
    let desk = desk();
    let (mut crm, mut news) = (String::from("email,mobile,City,status\n"), String::from("mail,phone,town,status\n"));
    let mut text = String::from("Telefon;E-Mail;Ort;Status;Land\n");
    let mut random = Random(13);
    for person in &customers()[..1000] {
        let town = TOWNS[random.below(6) as usize];
        let before = if random.below(5) < 2 { TOWNS[random.below(6) as usize] } else { town };
        let status = ["active", "active", "active", "gone"][random.below(4) as usize];
        crm += &format!("{},{},{town},{status}\n", person.email, person.mobile);
        news += &format!("{},{},{before},subscribed\n", person.email, person.mobile);
        let (town, status) = (town.to_uppercase(), status.to_uppercase());
        text += &format!("{};{};{town};{status};Germany\n", person.mobile, person.email);
    }
    desk.write("crm.csv", crm);
    desk.write("news.csv", news);
    let both = answer(&desk, &text, "--against news.csv");
    expect(
        &both,
        "genuine",
        "fit alike by their identifiers, and `crm.csv` fits best by further columns: 2 of 2 agree",
    );
    assert_eq!(both["best_list"], "crm.csv");
    let further: Vec<_> =
        both["lists"].as_array().expect("lists").iter().map(|list| &list["further_columns"]).collect();
    assert_eq!(further[0].as_array().map(Vec::len), Some(0), "nobody is on the list of employees");
    assert_eq!((&further[1][0]["column"], &further[1][0]["share"]), (&"Ort".into(), &1.0.into()), "{both:#}");
    let chance = further[1][0]["share_by_chance"].as_f64().expect("a share");
    assert!((0.1..0.25).contains(&chance), "one of six towns: {chance}");
    assert_eq!(further[2][0]["agrees"], false);
    assert_eq!(both["sample"]["further_columns"], 3);
    let screen = desk.leakdex(&format!("claim sample.csv {AGAINST} --against news.csv")).run_ok().stdout_text();
    for line in ["`crm.csv`: further columns that agree: 2 of 2 (Ort, Status): 100.0 %", "    that do not: Ort"] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    // Without them it cannot be told.
    let alike = answer(&desk, &sample(as_they_are(&customers()[..1000])), "--against news.csv");
    expect(&alike, "genuine", "it cannot be told which it was taken from");
    let screen = desk.leakdex(&format!("claim sample.csv {AGAINST} --against news.csv")).run_ok().stdout_text();
    assert!(screen.contains("no named columns beside its identifiers"), "{screen}");
}

#[test]
fn identifiers_of_different_people_are_stitched() {
    let desk = desk();
    // Addresses of customers in one order; numbers of customers, or of strangers, in another.
    let (customers, strangers) = (customers(), people(3, 400));
    let mobiles = customers[1000..1400].iter().chain(&strangers).map(|person| person.mobile.clone());
    let emails = customers[..800].iter().map(|person| person.email.clone());
    let answer = answer(&desk, &sample(emails.zip(mobiles)), "--created-column created");
    expect(&answer, "stitched", "400 records have two identifiers that stand in rows of different people");
    assert_eq!((&answer["matched"]["records"], &answer["joint"]["records"]), (&800.into(), &0.into()));
    // Nothing was extracted, so there is no day on which it was.
    let windows: Vec<&Value> = answer["lists"].as_array().expect("lists").iter().map(|list| &list["window"]).collect();
    assert!(windows.iter().all(|window| window.is_null()), "{windows:?}");
}

#[test]
fn an_older_breach_is_recycled_even_where_it_agrees_with_a_list() {
    let desk = desk();
    // A shop had customers of ours, with the same address and number.
    let shop: Vec<Person> = [&customers()[..300], &people(4, 300)].concat();
    desk.write("shop.csv", sample(as_they_are(&shop)));
    desk.leakdex("ingest shop.csv --breach old-shop --region CN").run_ok();
    let text = sample(as_they_are(&shop[100..500]));
    let answer_of = answer(&desk, &text, "--index index");
    expect(&answer_of, "recycled", "400 of 400 records stand in the breach `old-shop` (date not known) with every");
    assert_eq!(answer_of["joint"]["records"], 200);
    assert_eq!(answer_of["recycled"]["breaches"][0]["every_identifier"], 400);
    // Without the index it looks like a mixture; and an extract of ours is not recycled because some of it leaked before.
    expect(&answer(&desk, &text, ""), "partly", "200 of 400");
    let fresh = answer(&desk, &sample(as_they_are(&extract())), "--index index");
    let why =
        "breaches of the index (their dates are not known) hold an identifier of 150 records, and 150 records whole";
    expect(&fresh, "genuine", why);
}

#[test]
fn what_was_counted_up_is_invented() {
    let desk = desk();
    let text: String = (0..400).map(|n| format!("1391234{n:04};user{n:03}@example.com\n")).collect::<String>();
    let counted = answer(&desk, &format!("Telefon;E-Mail\n{text}"), "");
    expect(&counted, "invented", "phone: 100 % of the values are at equal distances");
    // Identity numbers without a thought of their check digits, of days that do not exist.
    let mut random = Random(9);
    let ids: String = (0..200)
        .map(|n| {
            format!("11010519{:02}{:02}31{:04};nobody{:x}@example.com\n", n % 100, n % 12 + 1, n * 37, random.next())
        })
        .collect();
    let wrong = answer(&desk, &format!("身份证号;E-Mail\n{ids}"), "");
    expect(&wrong, "invented", "values break the rule of their kind");
}

/// Values that are possible, each by itself: what gives them away is how they are spread.
#[test]
fn what_was_drawn_at_random_is_invented() {
    let desk = desk();
    let mut random = Random(11);
    // The names and towns of our own people are uneven.
    let mut ours = String::from("email,mobile,name,city\n");
    for person in &customers() {
        let [name, town] = [0, 1].map(|_| random.below(4) * random.below(4));
        ours += &format!("{},+86{},Name{name},Town{town}\n", person.email, person.mobile);
    }
    desk.write("crm.csv", ours);
    let mut pick = |of: &[&str]| of[random.below(of.len() as u64) as usize].to_string();
    let drawn: String = people(8, 600)
        .iter()
        .map(|person| {
            let name = pick(&["Li", "Wang", "Zhao", "Qian"]) + " " + &pick(&["Wei", "Fang", "Na", "Min", "Jing"]);
            format!("{name};{};{};{}\n", person.mobile, person.email, pick(&["Berlin", "Bremen", "Kiel", "Bonn"]))
        })
        .collect();
    let answer_of = answer(&desk, &format!("Name;Telefon;E-Mail;Ort\n{drawn}"), "");
    expect(&answer_of, "invented", "as frequent as every other, as if they were drawn from a list");
    assert_eq!(answer_of["sample"]["signs"].as_array().map(Vec::len), Some(4), "{answer_of:#}");
    // The same columns beside people of ours are no invention.
    let ours: String = extract()
        .iter()
        .map(|person| format!("{};{};{}\n", person.mobile, person.email, pick(&["Berlin", "Bremen", "Kiel", "Bonn"])))
        .collect();
    let genuine = answer(&desk, &format!("Telefon;E-Mail;Ort\n{ours}"), "");
    expect(&genuine, "genuine", "fits best");
    assert!(!genuine["reasons"].to_string().contains("drawn"), "{genuine:#}");
}

#[test]
fn a_mixture_is_partly_ours() {
    let desk = desk();
    let mixed = [&extract()[..200], &people(5, 200)].concat();
    let answer = answer(&desk, &sample(as_they_are(&mixed)), "");
    expect(&answer, "partly", "200 of 400 records with an identifier match");
    assert_eq!(answer["agreement"]["share"], 1.0);
}

#[test]
fn few_records_and_strangers_tell_nothing() {
    let desk = desk();
    let tiny = answer(&desk, &sample(as_they_are(&extract()[..6])), "--claimed 10");
    expect(&tiny, "cannot_tell", "6 records are too few (20 are the least); 6 match, 6 of them with two");
    let strangers = answer(&desk, &sample(as_they_are(&people(6, 300))), "");
    expect(&strangers, "cannot_tell", "they may be of people who are on none of these lists");
    // Addresses alone can come from anywhere.
    let addresses: String = customers()[..100].iter().map(|person| format!("{}\n", person.email)).collect();
    let alone = answer(&desk, &format!("E-Mail\n{addresses}"), "");
    expect(&alone, "cannot_tell", "single identifiers can come from anywhere");
}

#[test]
fn what_could_not_be_compared_is_incomplete() {
    let desk = desk();
    desk.write("sample.csv", sample(as_they_are(&extract())));
    desk.write("cars.csv", "vin\n1M8GDM9AXKP042788\n");
    let nothing = desk.leakdex("claim sample.csv --against cars.csv --region CN").run_code(3);
    assert!(
        nothing.stdout_text().contains("Verdict: CANNOT TELL") && nothing.stdout_text().contains("nothing to compare"),
        "{nothing}"
    );
    // An extract, and a list of which a tenth is broken: a line that is longer than any record.
    let long = format!("{}\n", "x".repeat(2 << 20));
    desk.write(
        "broken.csv",
        desk.text("crm.csv").lines().take(9).map(|line| format!("{line}\n")).collect::<String>() + &long,
    );
    let broken = desk.leakdex("claim sample.csv --against broken.csv --region CN").run_code(3);
    assert!(broken.stdout_text().contains("INCOMPLETE: 1 rows of `broken.csv` are broken"), "{broken}");
}

#[test]
fn several_claims_are_answered_from_a_file() {
    let desk = desk();
    std::fs::create_dir(desk.path("offer")).expect("a folder");
    desk.write("offer/owners.csv", sample(as_they_are(&extract())));
    let workers: String =
        people(2, 600).iter().enumerate().map(|(n, worker)| format!("e{n:05};{}\n", worker.email)).collect();
    desk.write("offer/workers.csv", format!("工号;E-Mail\n{workers}"));
    desk.write(
        "offer/claims.toml",
        "[[claim]]\ncategory = \"owners\"\nclaimed = 39900\nsample = \"owners.csv\"\n\n\
         [[claim]]\ncategory = \"employees\"\nsample = \"workers.csv\"\nlists = [\"../hr.csv\"]\n",
    );
    let command = "claim --claims offer/claims.toml --against crm.csv --region CN --quiet";
    let outcome = desk.leakdex(&format!("{command} --json")).run_ok();
    let answer: Value = serde_json::from_str(&outcome.stdout_text()).expect("JSON");
    let [owners, employees] = [0, 1].map(|claim| &answer["claims"][claim]);
    assert_eq!((&owners["category"], &owners["claimed"]["records"]), (&"owners".into(), &39_900.into()));
    expect(owners, "genuine", "no number that only you give out");
    expect(employees, "genuine", "600 records have a number that only the organisation itself gives out");
    let screen = desk.leakdex(command).run_ok().stdout_text();
    assert!(screen.contains("Claim: owners\nVerdict: GENUINE") && screen.contains("Claim: employees\n"), "{screen}");
    desk.write("bad.toml", "[[claim]]\nsample = \"anna.maria@example.com\"\nnosuch = 3\n");
    desk.refuses("claim --claims bad.toml --against crm.csv", "line 3 is not as it should be", "groups `[[claim]]`");
}

#[test]
fn what_is_wrong_is_said_before_anything_is_read() {
    let desk = desk();
    desk.write("sample.csv", sample(as_they_are(&extract())));
    desk.refuses("claim sample.csv --against nosuch.csv --region CN", "nosuch.csv", "");
    desk.refuses("claim sample.csv --against crm.csv", "no country code", "");
    let more = |options: &str| format!("claim sample.csv --against crm.csv --region CN {options}");
    desk.refuses(&more("--created-column nosuch"), "reading `--created-column`: no list has the column", "inspect");
    desk.refuses(&more("--list-map nosuch=phone"), "no list has the column `nosuch`", "inspect");
    desk.refuses(&more("--memory 10K"), "the sample takes more than 0 MiB", "--memory");
    desk.refuses(&more("--index index"), "index", "");
    desk.write("odd.csv", "who,reach\nA,13800138001\nB,13900139002\nC,13700137003\nD,by mail\nE,at home\n");
    let odd = desk.refuses("claim sample.csv --against odd.csv --region CN", "planning `odd.csv`", "");
    // What is said can be given as it is, and is about this list alone: the second column of the other holds addresses.
    assert!(odd.stderr_text().contains("--list-map 'odd.csv:2=phone'"), "{odd}");
    for rule in ["odd.csv:2=phone", "reach=phone"] {
        let command =
            format!("claim sample.csv --against crm.csv odd.csv --region CN --quiet --json --list-map {rule}");
        let answer: Value = serde_json::from_str(&desk.leakdex(&command).run_ok().stdout_text()).expect("JSON");
        assert_eq!(answer["lists"][0]["kinds"]["email"], 900, "{rule}");
        assert_eq!(answer["lists"][1]["comparable_rows"], 3, "{rule}");
    }
}

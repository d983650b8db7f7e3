//! How sure a verdict is: what it says of samples that are ours in part, known in part, altered, or of nobody.

use super::claim_samples::{Draw, Person, check, csv, desk, ours, people};

/// Two breaches that together hold a sample make it as old as one does.
#[test]
fn what_was_put_together_from_older_breaches_is_recycled() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    desk.write("first.csv", csv(&ours[..60]));
    desk.write("second.csv", csv(&ours[60..100]));
    desk.leakdex("ingest first.csv --breach first --breach-date 2019-03-04").run_ok();
    desk.leakdex("ingest second.csv --breach second --breach-date 2020").run_ok();
    let answer = check(&desk, "both.csv", csv(&ours[..100]), "--index index", "recycled");
    assert_eq!(answer["sentence"], "The sample is put together from older breaches, sold again.");
    let why = "100 of 100 records stand in one of 2 older breaches with every identifier that they have: \
        60 in `first` (of 2019-03-04), 40 in `second` (of 2020)";
    assert_eq!(answer["reasons"][0], why);
    assert_eq!(answer["recycled"]["breaches"][0]["older"], true, "{answer:#}");
}

/// An offer that was ingested for its scope is no older breach of itself.
#[test]
fn a_breach_of_today_makes_nothing_old() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    desk.write("offer.csv", csv(&ours[..100]));
    desk.leakdex(&format!("ingest offer.csv --breach offer --breach-date {today}")).run_ok();
    let answer = check(&desk, "sample.csv", csv(&ours[..100]), "--index index", "genuine");
    let recycled = &answer["recycled"];
    assert_eq!((&recycled["every_identifier"], &recycled["breaches"][0]["every_identifier"]), (&0.into(), &100.into()));
    assert_eq!(recycled["breaches"][0]["older"], false);
    assert!(
        answer["reasons"].to_string().contains(&format!("`offer` (of {today}), which is of the last days")),
        "{answer:#}"
    );
    let outcome = desk.leakdex("claim sample.csv --against crm.csv --quiet --index index").run_ok();
    assert!(outcome.stdout_text().contains("not counted below"), "{outcome}");
    desk.leakdex("breach edit offer --breach-date 2018").run_ok();
    let answer = check(&desk, "sample.csv", csv(&ours[..100]), "--index index", "recycled");
    assert_eq!(answer["sentence"], "The sample is an older breach, sold again.");
}

/// Who reads "genuine" takes everybody in it for ours.
#[test]
fn a_sample_with_strangers_is_partly_ours_and_says_how_much() {
    let desk = desk(Draw::Uneven);
    let ours = ours(Draw::Uneven);
    let strangers = people(116, Draw::Uneven, 100);
    let with = |count: usize| csv(ours[..500 - count].iter().chain(&strangers[..count]));
    let answer = check(&desk, "fifth.csv", with(100), "", "partly");
    let sentence = "A part of the sample is ours: 80 % of its records stand in our lists as they are, 20 % stand in none of our lists.";
    assert_eq!(answer["sentence"], sentence);
    let answer = check(&desk, "few.csv", with(10), "", "genuine");
    assert_eq!(
        answer["sentence"],
        "The sample is ours: 98 % of its records stand in our lists as they are, 2 % stand in none of our lists."
    );
    let answer = check(&desk, "one.csv", with(1), "", "genuine");
    assert!(answer["sentence"].as_str().is_some_and(|said| said.contains("more than 99 %")), "{answer:#}");
    // All records, with the names and towns of others.
    let row =
        |(one, other): (&Person, &Person)| format!("{};{};{};{}\n", other.name, one.mobile, one.email, other.town);
    let swapped: String = ours[..400].iter().zip(&ours[1000..1400]).map(row).collect();
    let answer = check(&desk, "swapped.csv", format!("Name;Telefon;E-Mail;Ort\n{swapped}"), "", "genuine");
    assert!(answer["reasons"].to_string().contains("further columns that agree: 0 of 1 (Name)"), "{answer:#}");
    assert!(
        answer["sentence"].as_str().is_some_and(|said| said.contains("the other columns do not agree")),
        "{answer:#}"
    );
    // Columns that no list has cannot agree, and that is said.
    let row = |person: &Person| format!("{};{};x{}\n", person.mobile, person.email, person.day);
    let more: String = ours[..400].iter().map(row).collect();
    let answer = check(&desk, "more.csv", format!("Telefon;E-Mail;Depot\n{more}"), "", "genuine");
    assert!(answer["reasons"].to_string().contains("whether they are ours is not known"), "{answer:#}");
}

/// Addresses of ours beside numbers that nobody of ours has were not put together from our rows.
#[test]
fn other_numbers_are_not_stitched() {
    let desk = desk(Draw::Uneven);
    let (ours, others) = (ours(Draw::Uneven), people(117, Draw::Uneven, 400));
    let with = |mobiles: &[Person]| {
        let row = |(one, other): (&Person, &Person)| format!("{};{}\n", other.mobile, one.email);
        "Telefon;E-Mail\n".to_string() + &ours[..400].iter().zip(mobiles).map(row).collect::<String>()
    };
    let answer = check(&desk, "new.csv", with(&others), "", "cannot_tell");
    assert!(
        answer["reasons"].to_string().contains("400 records agree in one kind and have another value"),
        "{answer:#}"
    );
    let half = with(&ours[400..600])
        + &csv(&ours[1000..1200])
            .lines()
            .skip(1)
            .map(|line| {
                let cells: Vec<&str> = line.split(';').collect();
                format!("{};{}\n", cells[1], cells[2])
            })
            .collect::<String>();
    let answer = check(&desk, "half.csv", half, "", "partly");
    let why = "200 records have two identifiers that stand in rows of different people";
    assert!(answer["reasons"].to_string().contains(why), "{answer:#}");
    let sentence = "A part of the sample is ours: 50 % of its records stand in our lists as they are, \
        50 % have identifiers that stand in rows of different people.";
    assert_eq!(answer["sentence"], sentence);
}

/// Nobody has an address at a domain that nobody can register; company mailboxes are numbered.
#[test]
fn addresses_of_nobody_are_invented_and_numbered_ones_need_not_be() {
    let desk = desk(Draw::Uneven);
    let mobiles = people(118, Draw::Uneven, 200);
    let row = |(n, person): (usize, &Person)| {
        let domain = ["example.com", "example.org", "example.net"][n % 3];
        format!("{};{}\n", person.mobile, person.email.split('@').next().unwrap_or_default().to_string() + "@" + domain)
    };
    let reserved: String = mobiles.iter().enumerate().map(row).collect();
    let answer = check(&desk, "nobody.csv", format!("Telefon;E-Mail\n{reserved}"), "", "invented");
    assert!(!answer["reasons"].to_string().contains("possible"), "{answer:#}");
    let row = |(n, person): (usize, &Person)| {
        format!(
            "{};{};emp{}@othercorp.de\n",
            person.name.split(' ').next().unwrap_or_default(),
            person.mobile,
            10_000 + n
        )
    };
    let numbered: String = mobiles.iter().enumerate().map(row).collect();
    let answer = check(&desk, "numbered.csv", format!("Vorname;Telefon;E-Mail\n{numbered}"), "", "cannot_tell");
    let reasons = answer["reasons"].to_string();
    assert!(reasons.contains("as if counted up") && !reasons.contains("are possible"), "{answer:#}");
}

/// A beginning that was taken from somewhere hides nothing: all values are looked at.
#[test]
fn what_was_counted_up_behind_the_beginning_is_invented_too() {
    let desk = desk(Draw::Uneven);
    let first = people(119, Draw::Uneven, 4000);
    let counted = |n: usize| format!("{} Adler;+49151{:08};user{n:05}@lettermail.net;Kiel\n", n % 7, n * 3);
    let text = csv(&first) + &(0..8000).map(counted).collect::<String>();
    let answer = check(&desk, "long.csv", text, "", "invented");
    let share = answer["sample"]["kinds"]["phone"]["regular_share"].as_f64().expect("a share");
    assert!((0.6..0.7).contains(&share), "{share}");
}

//! Reports: every figure is one of the summary, everything from outside is text, and nothing is loaded.

use super::desk::Desk;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

/// What the seller of a dump, or a list, may write into names that a report shows.
const HOSTILE: &str = "<script>alert(1)</script>\u{202e}gpj\u{1b}[31m|x";

/// Two breaches, one of them with a hostile title, and a list of which one row in four is nobody's.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write(
        "shop.csv",
        "email,mobile,name,created\nanna@example.com,13800138001,Anna,2019-03-01\ncarl@example.org,,Carl,2020-05-06\n",
    );
    desk.write(
        "bank.csv",
        "email,id_no,password\nanna@example.com,110105491231002,secret1\nfritz@example.net,,secret2\n",
    );
    let title = format!("Shop {HOSTILE}");
    desk.leakdex("ingest shop.csv --breach shop --region CN --breach-date 2021-07").args(["--title", &title]).run_ok();
    desk.leakdex("ingest bank.csv --breach bank --map id_no=national_id:CN --map password=class:Passwords").run_ok();
    let list = format!(
        "no,email,mobile,segment\n1,anna@example.com,13800138001,gold\n2,carl@example.org,,{HOSTILE}\n3,fritz@example.net,,\n\
         4,nobody@example.net,,gold\n5,-,,gold\n"
    );
    desk.write("list.csv", list);
    desk
}

const SCAN: &str = "scan list.csv --region CN --group-by segment -o found.csv --summary s.json --force";

/// The value at a path such as `a.b[2].c`; names of kinds and fields have no dots.
fn at<'a>(json: &'a Value, path: &str) -> &'a Value {
    path.split(['.', '[']).fold(json, |value, step| match step.strip_suffix(']') {
        Some(place) => &value[place.parse::<usize>().expect("a place")],
        None => &value[step],
    })
}

/// Every figure of a page with the path that it names.
fn figures(html: &str) -> Vec<(&str, u64)> {
    let parts = html.split("data-key=\"").skip(1);
    let figure = |part: &'_ str| -> Option<(usize, usize, usize)> {
        let key = part.find('"')?;
        let begin = key + part[key..].find('>')? + 1;
        Some((key, begin, begin + part[begin..].find('<')?))
    };
    let parsed = parts.map(|part| {
        let (key, begin, end) = figure(part).expect("an element");
        (&part[..key], part[begin..end].replace(',', "").parse().expect("a number"))
    });
    parsed.filter(|(key, _)| !key.is_empty()).collect()
}

/// What every page has to keep, whatever it says.
#[track_caller]
fn expect_sound(html: &str) {
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-";
    assert!(html.contains(policy), "{html}");
    let lower = html.to_lowercase();
    for part in
        ["<script", "<link", "<iframe", "<img", "<object", "src=", "http://", "https://", "url(", "@import", "style=\""]
    {
        assert!(!lower.contains(part), "{part}");
    }
    let steering = |c: &char| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c);
    assert_eq!(html.chars().find(steering), None);
    let tags: Vec<&str> = html.split('<').skip(1).collect();
    let levels = tags.iter().filter_map(|tag| tag.strip_prefix('h')?.chars().next()?.to_digit(10));
    let levels: Vec<u32> = levels.collect();
    assert_eq!((levels[0], levels.iter().filter(|level| **level == 1).count()), (1, 1), "{levels:?}");
    assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{levels:?}");
    let count = |start: &str| tags.iter().filter(|tag| tag.starts_with(start)).count();
    assert_eq!(count("table"), count("caption"), "every table has a caption");
    assert_eq!(count("th>") + count("th "), count("th scope=\"col\"") + count("th scope=\"row\""));
    assert!(count("table") > 3);
}

#[test]
fn every_figure_is_one_of_the_summary() {
    let desk = desk();
    let outcome = desk.leakdex(&format!("{SCAN} --report r.html")).run_ok();
    let (html, summary) = (desk.text("r.html"), desk.json("s.json"));
    expect_sound(&html);
    let figures = figures(&html);
    for (key, n) in &figures {
        assert_eq!(at(&summary, key), &json!(n), "{key}\n{outcome}");
    }
    for key in [
        "people.exposed",
        "data_classes[0].people",
        "breaches[1].people",
        "combinations[0].people",
        "group_by.groups[0].people.unknown",
        "kinds.email.not_found",
        "probes",
    ] {
        assert!(figures.iter().any(|(known, _)| *known == key), "{key}");
    }
    let mode = std::fs::metadata(desk.path("r.html")).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn the_first_screen_says_whom_to_tell_what() {
    let desk = desk();
    desk.leakdex(&format!("{SCAN} --report r.html")).run_ok();
    let html = desk.text("r.html");
    let first = html.split_once("<nav").expect("contents").0;
    for part in [
        "<h1>3 of 5 people on this list are exposed</h1>",
        "These 3 people are the ones to tell what of theirs leaked",
        "Whether and when the law wants it depends on the risk to them, and is for you to decide.",
        "Who they are stands in the result files of the scan, and not here.",
        "<p class=\"alert\">Tell 2 people first: ",
        "(Government issued IDs and Passwords).",
        "Nothing is known about 1 person: ",
        "<strong data-key=\"people.not_found\">1</strong>",
        "<span class=\"badge\">tell first</span>",
    ] {
        assert!(first.contains(part), "{part}\n{first}");
    }
    let place = |class: &str| first.find(&format!("<span class=\"name\">{class}</span>")).expect(class);
    assert!(place("Government issued IDs") < place("Passwords") && place("Passwords") < place("Email addresses"));
}

#[test]
fn a_list_that_meets_nothing_says_so() {
    let desk = desk();
    desk.write("none.csv", "email\nnobody@example.net\n");
    desk.leakdex("scan none.csv -o found.csv --report r.html").run_ok();
    let html = desk.text("r.html");
    expect_sound(&html);
    assert!(html.contains("<h1>Nobody on this list was found in these breaches</h1>"), "{html}");
    desk.write("none.csv", "vin\nWVWZZZ1JZXW000001\n");
    let outcome = desk.leakdex("scan none.csv -o found.csv --force --report r.html").run();
    assert_eq!(outcome.code, Some(3), "{outcome}");
    let html = desk.text("r.html");
    expect_sound(&html);
    assert!(html.contains("<h1>Nothing can be said about the people on this list</h1>"), "{html}");
    assert!(html.contains("<p class=\"alert\">This answer is incomplete"), "{html}");
}

#[test]
fn names_from_outside_are_text() {
    let desk = desk();
    desk.leakdex(&format!("{SCAN} --report r.html")).run_ok();
    let html = desk.text("r.html");
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}gpj\\u{1b}[31m|x";
    assert!(html.contains(&format!("<span class=\"name\">Shop {escaped}</span>")), "{html}");
    assert!(html.contains(&format!("<span class=\"name\">{escaped}</span>")), "the group");
    desk.leakdex(&format!("{SCAN} --report r.md")).run_ok();
    let markdown = desk.text("r.md");
    assert!(markdown.starts_with("# 3 of 5 people on this list are exposed\n"), "{markdown}");
    assert!(
        markdown.contains("Shop &lt;script&gt;alert(1)&lt;/script&gt;\\\\u{202e}gpj\\\\u{1b}\\[31m\\|x | 2 |"),
        "{markdown}"
    );
    assert!(!markdown.contains(['\u{202e}', '\u{1b}']) && !markdown.contains("<script"));
}

#[test]
fn a_report_names_nobody() {
    let desk = desk();
    for name in ["r.html", "r.md", "r.json"] {
        desk.leakdex(&format!("{SCAN} --reference no --report {name}")).run_ok();
        let text = desk.text(name).to_lowercase();
        for value in ["anna", "carl", "fritz", "nobody@", "13800138001", "110105"] {
            assert!(!text.contains(value), "{value} in {name}");
        }
    }
    assert_eq!(desk.json("r.json"), desk.json("s.json"), "the report for machines is the summary");
}

#[test]
fn the_same_scan_gives_the_same_report() {
    let desk = desk();
    let reports = ["1", "3"].map(|threads| {
        desk.leakdex(&format!("{SCAN} --threads {threads} --report r.html")).run_ok();
        desk.text("r.html")
    });
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn a_report_needs_an_ending_and_a_free_name() {
    let desk = desk();
    let scan = "scan list.csv --region CN -o found.csv";
    for name in ["r.pdf", "r", "html"] {
        desk.refuses(&format!("{scan} --report {name}"), "is of no format of reports", "`.html`, `.md` or `.json`");
    }
    desk.write("old.html", "old");
    desk.refuses(&format!("{scan} --report old.html"), "the file exists", "`--force`");
    desk.refuses(
        &format!("{scan} --summary r.json --report r.json"),
        "it is the file of another output",
        "another name",
    );
    desk.write("list.json", "{\"email\":\"anna@example.com\"}\n");
    desk.refuses("scan list.json -o found.csv --force --report list.json", "it is the input", "another name");
}

/// Forty customers, thirty of them in the sample.
fn claim_desk() -> Desk {
    let desk = Desk::new();
    let row = |n: u32| format!("p{n}@example.com,+861380013{:04}", n * 7);
    let rows = |to: u32| (0..to).map(|n| row(n) + "\n").collect::<String>();
    let dated: String = (0..40).map(|n| format!("{},2020-01-{:02}\n", row(n), n % 28 + 1)).collect();
    desk.write("crm.csv", format!("email,phone,created\n{dated}"));
    desk.write("sample.csv", format!("email,phone\n{}", rows(30)));
    desk
}

#[test]
fn a_claim_has_a_report_of_its_verdict() {
    let desk = claim_desk();
    let claim = "claim sample.csv --against crm.csv --claimed 650000 --created-column created --quiet";
    let json: Value =
        serde_json::from_str(&desk.leakdex(&format!("{claim} --json")).run_ok().stdout_text()).expect("JSON");
    assert_eq!(json["verdict"], "genuine");
    desk.leakdex(&format!("{claim} --report r.html")).run_ok();
    let html = desk.text("r.html");
    expect_sound(&html);
    assert!(html.contains("<h1>The sample is ours: its records stand in our lists as they are.</h1>"), "{html}");
    assert!(html.contains("Verdict: genuine.") && html.contains("What cannot be inferred"), "{html}");
    assert!(json["reasons"].as_array().expect("reasons").len() > 1);
    for (key, n) in figures(&html) {
        assert_eq!(at(&json, key), &json!(n), "{key}");
    }
    assert!(!html.contains("p3@") && !html.contains("1380013"), "no value");
    desk.refuses(&format!("{claim} --report r.html"), "the file exists", "`--force`");
    desk.refuses(&format!("{claim} --report r.txt"), "is of no format of reports", "`.html`");
    desk.refuses(&format!("{claim} --force --report crm.csv/../sample.csv"), "is of no format", "`.html`");
    desk.leakdex(&format!("{claim} --force --report r.json")).run_ok();
    assert_eq!(desk.json("r.json"), json);
    desk.leakdex(&format!("{claim} --report r.md")).run_ok();
    assert!(desk.text("r.md").starts_with("# The sample is ours: its records stand in our lists as they are.\n"));
}

#[test]
fn several_claims_stand_beside_each_other() {
    let desk = claim_desk();
    desk.write("other.csv", "email,phone\nx@example.net,+8613900000000\n");
    desk.write(
        "claims.toml",
        format!("[[claim]]\ncategory = \"owners {HOSTILE}\"\nsample = \"sample.csv\"\n[[claim]]\nclaimed = 9\nsample = \"other.csv\"\n")
            .replace(['\u{202e}', '\u{1b}'], ""),
    );
    let claim = "claim --claims claims.toml --against crm.csv --quiet";
    let json: Value =
        serde_json::from_str(&desk.leakdex(&format!("{claim} --json")).run_ok().stdout_text()).expect("JSON");
    desk.leakdex(&format!("{claim} --report r.html")).run_ok();
    let html = desk.text("r.html");
    expect_sound(&html);
    assert!(html.contains("<h1>1 of 2 claims are ours, or in part</h1>"), "{html}");
    let figures = figures(&html);
    assert!(figures.iter().any(|(key, _)| *key == "claims[1].claimed.records"));
    for (key, n) in figures {
        assert_eq!(at(&json, key), &json!(n), "{key}");
    }
}

#[test]
fn people_are_shown_only_if_somebody_wants_it() {
    let desk = desk();
    let outcome = desk.leakdex(&format!("{SCAN} --reference no --include-values --report r.html")).run_ok();
    let html = desk.text("r.html");
    expect_sound(&html);
    assert!(outcome.stderr_text().contains("`r.html` HOLDS PERSONAL DATA of 3 exposed people"), "{outcome}");
    let note = "shop, bank: Email addresses, Phone numbers, Names, Government issued IDs, Passwords";
    let head = format!("<span class=\"name\">1 \u{b7} 1</span> <span class=\"note\">{note}</span></th>");
    let line = format!("{head}<td>email: a***@e***.com \u{b7} mobile: 138****8001</td>");
    assert!(html.contains(&line) && html.contains("Who is exposed</h2>"), "{html}");
    assert!(!html.contains("anna") && !html.contains("nobody@"), "{html}");
    desk.leakdex(&format!("{SCAN} --include-values --unmasked --report r.html")).run_ok();
    let html = desk.text("r.html");
    let line = "<td>email: anna@example.com \u{b7} mobile: 13800138001</td>";
    assert!(html.contains(line) && !html.contains("nobody@"), "{html}");
    let outcome = desk.leakdex(&format!("{SCAN} --include-values")).run_code(2);
    assert!(outcome.stderr_text().contains("--report"), "{outcome}");
}

/// A reference that is an identifier is masked as one; the JSON lists nobody, and does not say it does.
#[test]
fn no_identifier_is_shown_by_the_way() {
    let desk = desk();
    desk.leakdex(&format!("{SCAN} --reference email --include-values --report r.html")).run_ok();
    let html = desk.text("r.html");
    assert!(html.contains("1 \u{b7} a***@e***.com") && !html.contains("anna@"), "{html}");
    desk.refuses(
        &format!("{SCAN} --include-values --report r.json"),
        "writing `r.json`: the JSON has totals, and shows no identifiers",
        "`--include-values`",
    );
}

#[test]
fn lists_of_one_name_are_told_apart() {
    let desk = claim_desk();
    for folder in ["north", "south"] {
        std::fs::create_dir_all(desk.path(folder)).expect("a folder");
        std::fs::copy(desk.path("crm.csv"), desk.path(&format!("{folder}/crm.csv"))).expect("a copy");
    }
    let lists = ["north/crm.csv", "south/crm.csv", "sample.csv"].map(|list| desk.path(list).display().to_string());
    let claim = desk.leakdex("claim sample.csv --quiet --report r.md --against").args(lists);
    claim.run_ok();
    let page = desk.text("r.md");
    for name in ["| north/crm.csv |", "| south/crm.csv |", "| sample.csv |"] {
        assert!(page.contains(name), "{name}\n{page}");
    }
    assert!(!page.contains(&desk.folder().display().to_string()), "{page}");
}

#[test]
fn people_are_shown_whatever_the_list_is_like() {
    let desk = desk();
    // Several rows of one person: the identifiers of the first that is exposed.
    desk.write("rows.csv", "who,email\na,nobody@example.net\na,carl@example.org\nb,other@example.net\n");
    let scan = "scan rows.csv --map who=ignore --person who -o found.csv --notify tell.csv --notify-columns who";
    desk.leakdex(&format!("{scan} --include-values --unmasked --report r.md")).run_ok();
    let line = "| 1 | email: carl\\@example.org | shop: Email addresses, Names |";
    assert!(desk.text("r.md").contains(line), "{}", desk.text("r.md"));
    assert_eq!(desk.text("tell.csv"), "who,data_classes\na,Email addresses;Names\n");
    // A list that names the kind in every row.
    desk.write("kinds.csv", "kind,value\nemail,carl@example.org\nphone,+8613800138001\n");
    let scan = "scan kinds.csv --kind-column kind --value-column value -o found.csv --force";
    desk.leakdex(&format!("{scan} --include-values --report r.md")).run_ok();
    let markdown = desk.text("r.md");
    assert!(markdown.contains("8001 | shop: ") && !markdown.contains("13800138001"), "{markdown}");
}

#[test]
fn no_page_lists_more_than_a_thousand_people() {
    let desk = desk();
    desk.write("many.csv", format!("email\n{}", "carl@example.org\n".repeat(1203)));
    desk.leakdex("scan many.csv -o found.csv --include-values --report r.md").run_ok();
    let markdown = desk.text("r.md");
    assert!(markdown.contains("And 203 more: the result files have all of them."), "the rest");
    assert_eq!(markdown.matches(" | email: c\\*\\*\\*\\@e\\*\\*\\*.org | ").count(), 1000);
}

/// Every figure of a form with the name behind it: "1,234 (`people.exposed`)", "1 person (`data_classes[0].people`)".
fn named_figures(markdown: &str) -> Vec<(String, u64)> {
    let places = markdown.match_indices(" (`");
    let figure = |(at, _): (usize, &str)| {
        let number = markdown[..at].trim_end_matches(|c: char| c.is_ascii_lowercase() || c == ' ');
        let number = number.rsplit(|c: char| !c.is_ascii_digit() && c != ',').next().unwrap_or_default();
        let name = markdown[at + 3..].split('`').next().expect("an end");
        Some((name.to_string(), number.replace(',', "").parse().ok()?))
    };
    places.filter_map(figure).filter(|(name, _)| !name.ends_with("date") && !name.contains("data_")).collect()
}

#[test]
fn forms_are_filled_from_the_numbers() {
    let desk = desk();
    let scan =
        format!("{SCAN} --report r.html --report-form gdpr33 --report-form gdpr34=letter.md --report-form PIPL57");
    desk.leakdex(&scan).run_ok();
    let summary = desk.json("s.json");
    for (name, parts) in [
        (
            "r.gdpr33.md",
            &[
                "# Notification of a personal data breach to the supervisory authority\n",
                "- Approximate number of persons concerned, as far as they stand on the list that was scanned: 3 (`people.exposed`)\n",
                "(`person_breach_pairs`)",
                "days in the data from 2019-03-01 (`breaches[0].data_from`) through 2020-05-06",
                "`breaches[0].data_through`); not known of bank\n",
                "Mails that pretend to come from us, with true details in them.",
                "- [ ] **To be filled in:** name and contact of the data protection officer",
                "## What is not known yet",
            ][..],
        ),
        (
            "letter.md",
            &[
                "# What happened to your data\n",
                "Change the password",
                "Distrust mails",
                "Mails that pretend to come from us, with true details in them.",
            ],
        ),
        ("r.pipl57.md", &["Art. 57 PIPL", "## 2. Measures", "- Passwords: 2 persons (`data_classes[2].people`)\n"]),
    ] {
        let markdown = desk.text(name);
        for part in parts {
            assert!(markdown.contains(part), "{part}\n{markdown}");
        }
        let figures = named_figures(&markdown);
        assert!(figures.len() > 5, "{markdown}");
        for (key, n) in figures {
            assert_eq!(at(&summary, &key), &json!(n), "{key} in {name}");
        }
        assert!(!markdown.contains(['\u{202e}', '\u{1b}']) && !markdown.contains("anna"), "{markdown}");
        let mode = std::fs::metadata(desk.path(name)).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let scan = "scan list.csv --region CN -o new.csv";
    desk.refuses(&format!("{scan} --report-form gdpr33"), "it does not say where to write it", "gdpr33=notice.md");
    desk.refuses(&format!("{scan} --report-form gdpr35=x.md"), "there is no form `gdpr35`", "`gdpr34`");
    desk.refuses(&format!("{scan} --report-form gdpr33=new.csv"), "it is the file of another output", "another name");
    desk.refuses(&format!("{scan} --report-form gdpr33=letter.md"), "the file exists", "`--force`");
}

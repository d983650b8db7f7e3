//! What the names of results mean to somebody who has never seen them.

use crate::identifier::Reason;
use crate::index::class::{ClassMask, DataClass};
use crate::query::harm;
pub(super) use crate::report::text::counted;

/// The parts of a text, and whether they are code: what stands between two backticks. A text whose backticks do not pair has
/// none.
pub(super) fn code_parts(text: &str) -> Vec<(&str, bool)> {
    if !text.matches('`').count().is_multiple_of(2) {
        return vec![(text, false)];
    }
    let parts = text.split('`').enumerate().map(|(place, part)| (part, place % 2 == 1));
    parts.filter(|(part, _)| !part.is_empty()).collect()
}

/// `1 person`, `2,881 people`.
pub(super) fn people(n: u64) -> String {
    counted(n, "person", "people")
}

/// A number and a verb behind it: `is` or `are`.
pub(super) fn are(n: u64) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// Names joined as in a sentence.
pub(super) fn joined(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_string(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A kind of identifier, by its name in results.
pub(super) fn kind(name: &str) -> &str {
    match name {
        "email" => "E-mail addresses",
        "phone" => "Telephone numbers",
        "national_id" => "Identity numbers",
        "vin" => "Vehicle identification numbers",
        "plate" => "Licence plates",
        "employee_no" => "Employee numbers",
        "customer_no" => "Customer numbers",
        "contract_no" => "Contract numbers",
        "name_dob" => "Names with a birthday",
        "name_postcode" => "Names with a postcode",
        "username" => "User names",
        "card" => "Payment card numbers",
        "iban" => "Bank account numbers (IBAN)",
        "ip" => "IP addresses",
        "name" => "Names alone",
        "address" => "Postal addresses alone",
        "email_domain" => "E-mail domains",
        "passport" => "Passport numbers",
        "password" => "Passwords",
        other => other,
    }
}

/// Why something could not be answered, by its name in results.
pub(super) fn reason(name: &str) -> String {
    let known = match name {
        "shared_value" => "so many records of a breach have the value that it is nobody's",
        "met_loosely" => "it meets something, but not surely enough to count",
        "older_rule" => "a breach holds it under an older rule only",
        "damaged_segment" => "a damaged part of the index could hold it",
        "suppressed" => "it is forgotten, as somebody has asked for",
        "was_suppressed" => "it was forgotten for a time, and its records may have left",
        "malformed" => "the row is broken",
        name => match Reason::ALL.into_iter().find(|reason| reason.name() == name) {
            Some(Reason::Checksum) => "the check digit fails",
            Some(Reason::NoRegion) => "no country code, and no region is given",
            Some(reason) => reason.text(),
            None => return name.replace('_', " "),
        },
    };
    known.to_string()
}

/// Whether a class can be misused at once, or can hardly be changed.
pub(super) fn is_harmful(class: DataClass) -> bool {
    harm(ClassMask::of(class)) > 0
}

/// Who reads what data can be misused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// The organisation whose list was scanned.
    Organisation,
    /// An authority, to which it writes.
    Authority,
    /// The persons, to whom it writes.
    Persons,
}

/// What whoever has data of this class can do to the person, as it is said to a reader.
pub(super) fn misuse(class: DataClass, reader: Reader) -> String {
    let (from, of, name, person, persons) = match reader {
        Reader::Organisation => ("you", "your own", "the name of the person", "the person", "the person's"),
        Reader::Authority => ("us", "our own", "the name of the person", "the person", "the person's"),
        Reader::Persons => ("us", "our own", "your name", "you", "your"),
    };
    let text = misuse_of(class).replace("{from}", from).replace("{of}", of).replace("{name}", name);
    text.replace("{person}", person).replace("{persons}", persons)
}

fn misuse_of(class: DataClass) -> &'static str {
    match class.name() {
        "Government issued IDs" | "Social security numbers" | "Passport numbers" | "Driver's licenses" => {
            "Contracts, loans and accounts in {name}; the number can hardly be changed."
        }
        "Credit cards" => "Payments at the cost of {person}, until the card is blocked.",
        "Bank account numbers" => "Direct debits, and invoices that look real.",
        "Passwords" | "Security questions and answers" | "Auth tokens" => {
            "Access to this account, and to every other one with the same password."
        }
        "Personal health data" | "Biometric data" | "Ethnicities" | "Religions" => {
            "Discrimination and blackmail; data that the law protects in particular."
        }
        "Private messages" | "Photos" | "Family members' names" | "Marital statuses" => {
            "Blackmail, embarrassment, and deception of relatives."
        }
        "Email addresses" => "Mails that pretend to come from {from}, with true details in them.",
        "Phone numbers" | "Instant messenger identities" | "Social media profiles" => {
            "Calls and messages that pretend to come from {from}."
        }
        "Physical addresses" | "Geographic locations" | "Home ownership statuses" => {
            "Unwanted visits, parcels and letters."
        }
        "Names" | "Salutations" | "Genders" | "Nicknames" | "Usernames" => {
            "Says whom the other data are about, and makes deception credible."
        }
        "Dates of birth" | "Ages" | "Years of birth" | "Places of birth" | "Nationalities" => {
            "Passing for {person} wherever the birthday is asked as a proof."
        }
        "Vehicle identification numbers (VINs)" | "Licence plates" | "Vehicle details" => {
            "Finding the vehicle and its owner; false papers; false recalls and service offers."
        }
        "Employee numbers" | "Customer numbers" | "Contract numbers" => "Passing for {person} at {of} help desk.",
        "Employers" | "Job titles" | "Occupations" | "Employment statuses" | "Education levels" => {
            "Deception of the employer in {name}."
        }
        "Loan information"
        | "Income levels"
        | "Account balances"
        | "Payment histories"
        | "Payment methods"
        | "Financial transactions"
        | "Credit status information"
        | "Partial credit card data"
        | "Purchases" => "Knowledge of {persons} money: aimed fraud, and embarrassment.",
        "IP addresses"
        | "IMEI numbers"
        | "MAC addresses"
        | "Device information"
        | "Browser user agent details"
        | "Website activity" => "Following {person} across services.",
        _ => "Makes deception more credible, together with other data.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::Kind;

    #[test]
    fn backticks_set_code_where_they_pair() {
        assert_eq!(code_parts("see `a` and `b`"), [("see ", false), ("a", true), (" and ", false), ("b", true)]);
        assert_eq!(code_parts("one ` alone"), [("one ` alone", false)]);
        assert_eq!(code_parts(""), []);
    }

    #[test]
    fn every_kind_has_words() {
        for known in Kind::ALL {
            assert_ne!(kind(known.name()), known.name());
        }
        assert_eq!(joined(&["a", "b", "c"]), "a, b and c");
        assert_eq!([people(1), people(1000)], ["1 person", "1,000 people"]);
    }

    /// Whoever writes to an authority or to the persons is not "you", and the person is.
    #[test]
    fn what_data_are_misused_for_is_said_to_whoever_reads_it() {
        for class in DataClass::all() {
            for reader in [Reader::Organisation, Reader::Authority, Reader::Persons] {
                let text = misuse(class, reader);
                let has = |word: &str| text.split(|c: char| !c.is_alphanumeric()).any(|known| known == word);
                assert!(!text.contains(['{', '}']), "{text}");
                assert!(reader != Reader::Authority || !(has("you") || has("your")), "{text}");
                assert!(reader != Reader::Persons || !text.contains("the person"), "{text}");
            }
        }
        let email = |reader| misuse(DataClass::EMAIL_ADDRESSES, reader);
        assert_eq!(email(Reader::Organisation), "Mails that pretend to come from you, with true details in them.");
        assert_eq!(email(Reader::Persons), "Mails that pretend to come from us, with true details in them.");
    }

    #[test]
    fn every_reason_has_words_without_options() {
        let names = [
            "shared_value",
            "met_loosely",
            "older_rule",
            "damaged_segment",
            "malformed",
            "suppressed",
            "was_suppressed",
        ];
        for name in Reason::ALL.map(Reason::name).into_iter().chain(names) {
            let words = reason(name);
            assert!(!words.contains("--") && !words.contains('_'), "{name}: {words}");
        }
    }
}

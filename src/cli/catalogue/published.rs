//! Reads the breach model of Have I Been Pwned (version 3 of its interface): what its list of breaches says about one.

use crate::cli::options::is_day;
use crate::index::Breach;
use serde_json::{Map, Value};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

/// No text of a catalogue is longer.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// Data classes that are taken of one breach; the model has some 150.
const CLASSES_MAX: usize = 300;

/// Flags by the names of the model, and by ours.
const FLAGS: [(&str, &str); 7] = [
    ("IsVerified", "verified"),
    ("IsFabricated", "fabricated"),
    ("IsSensitive", "sensitive"),
    ("IsRetired", "retired"),
    ("IsSpamList", "spam_list"),
    ("IsMalware", "malware"),
    ("IsStealerLog", "stealer_log"),
];

/// A list of breaches.
#[derive(Debug, Default)]
pub struct PublishedList {
    /// Its breaches; no two names are equal but for case.
    pub breaches: Vec<PublishedBreach>,
    /// Fields that mean nothing here.
    pub ignored: BTreeSet<String>,
    /// Fields that should be dates, and are none.
    pub odd_dates: BTreeSet<&'static str>,
    /// Breaches that stood in it a second time, just the same.
    pub repeated: usize,
}

/// A breach of the model.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PublishedBreach {
    /// The name.
    pub name: String,
    title: Option<String>,
    domain: Option<String>,
    breach_date: Option<String>,
    added_date: Option<String>,
    modified_date: Option<String>,
    pwn_count: Option<u64>,
    description: Option<String>,
    data_classes: Vec<String>,
    flags: Vec<(&'static str, bool)>,
    attribution: Option<String>,
    disclosure_url: Option<String>,
}

/// Reads a list of breaches, or a single one.
///
/// # Errors
/// Where the text is not of the model: never a value of it, but for the name of a breach that stands there twice.
pub fn parse_breaches(bytes: &[u8]) -> Result<PublishedList, String> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| format!("it is not JSON (line {}, column {})", error.line(), error.column()))?;
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    let mut list = PublishedList::default();
    let mut places = HashMap::new();
    for (number, value) in (1..).zip(values) {
        let Value::Object(fields) = value else { return Err(format!("breach {number} of it is no object")) };
        let breach = Reader { fields, list: &mut list }.read().map_err(|why| format!("breach {number} of it {why}"))?;
        match places.entry(breach.name.to_ascii_lowercase()) {
            Entry::Vacant(new) => {
                new.insert(list.breaches.len());
                list.breaches.push(breach);
            }
            Entry::Occupied(known) if list.breaches[*known.get()] == breach => list.repeated += 1,
            Entry::Occupied(_) => {
                return Err(format!("the breach `{}` stands in it twice, and differs", breach.name.escape_debug()));
            }
        }
    }
    Ok(list)
}

/// Takes the fields of one breach.
struct Reader<'a> {
    fields: Map<String, Value>,
    list: &'a mut PublishedList,
}

impl Reader<'_> {
    fn read(mut self) -> Result<PublishedBreach, String> {
        let breach = PublishedBreach {
            name: self.text("Name")?.ok_or("has no `Name`")?,
            title: self.text("Title")?,
            domain: self.text("Domain")?,
            breach_date: self.date("BreachDate")?,
            added_date: self.date("AddedDate")?,
            modified_date: self.date("ModifiedDate")?,
            pwn_count: self.number("PwnCount")?,
            description: self.text("Description")?,
            data_classes: self.texts("DataClasses")?,
            flags: FLAGS
                .into_iter()
                .filter_map(|(field, flag)| self.flag(field, flag).transpose())
                .collect::<Result<Vec<_>, _>>()?,
            attribution: self.text("Attribution")?,
            disclosure_url: self.text("DisclosureUrl")?,
        };
        self.list.ignored.extend(self.fields.into_iter().map(|(name, _)| name));
        Ok(breach)
    }

    /// What stands in a field, if it is not null.
    fn take(&mut self, field: &str) -> Option<Value> {
        self.fields.remove(field).filter(|value| !value.is_null())
    }

    fn text(&mut self, field: &str) -> Result<Option<String>, String> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(plain_text(&text)).filter(|text| !text.is_empty())),
            Some(_) => Err(format!("has a `{field}` that is no text")),
        }
    }

    /// A day, or a day with a time; what is neither is passed over, and said.
    fn date(&mut self, field: &'static str) -> Result<Option<String>, String> {
        let text = self.text(field)?;
        let date = text.clone().filter(|text| is_moment(text));
        if date != text {
            self.list.odd_dates.insert(field);
        }
        Ok(date)
    }

    fn number(&mut self, field: &str) -> Result<Option<u64>, String> {
        let Some(value) = self.take(field) else { return Ok(None) };
        value.as_u64().map(Some).ok_or_else(|| format!("has a `{field}` that is no number of records"))
    }

    fn texts(&mut self, field: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("has `{field}` that are no list of texts");
        let values = match self.take(field) {
            None => return Ok(Vec::new()),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(wrong()),
        };
        let texts = values.iter().take(CLASSES_MAX).map(|value| value.as_str().map(plain_text).ok_or_else(wrong));
        texts.collect()
    }

    fn flag(&mut self, field: &str, flag: &'static str) -> Result<Option<(&'static str, bool)>, String> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Bool(set)) => Ok(Some((flag, set))),
            Some(_) => Err(format!("has an `{field}` that is neither true nor false")),
        }
    }
}

impl PublishedBreach {
    /// Fills an entry: what the model says replaces what is there, what it does not say stays. Output: what stood there of the
    /// fields that people enter, and was replaced by something else.
    pub fn fill(&self, breach: &mut Breach) -> Vec<&'static str> {
        let (title, date) = (breach.title.clone(), breach.breach_date.clone());
        let set = |field: &mut Option<String>, value: &Option<String>| {
            if value.is_some() {
                field.clone_from(value);
            }
        };
        // The day alone: a breach has no time of day.
        let day = self.breach_date.as_deref().and_then(|date| date.split('T').next()).map(String::from);
        set(&mut breach.title, &self.title);
        set(&mut breach.breach_date, &day);
        let about = &mut breach.about;
        set(&mut about.domain, &self.domain);
        set(&mut about.added_date, &self.added_date);
        set(&mut about.modified_date, &self.modified_date);
        set(&mut about.description, &self.description);
        set(&mut about.attribution, &self.attribution);
        set(&mut about.disclosure_url, &self.disclosure_url);
        about.pwn_count = self.pwn_count.or(about.pwn_count);
        if !self.data_classes.is_empty() {
            about.published_data_classes.clone_from(&self.data_classes);
        }
        self.flags.iter().for_each(|(flag, set)| about.set_flag(flag, *set));
        let fields = [("title", title, &breach.title), ("date", date, &breach.breach_date)];
        let replaced = fields.into_iter().filter(|(_, before, now)| before.is_some() && before != *now);
        replaced.map(|(field, ..)| field).collect()
    }
}

/// Whether a text is a day, or a day with a time: `2019-12-04T00:00:00Z`.
fn is_moment(text: &str) -> bool {
    is_day(text.split('T').next().unwrap_or_default())
        && (!text.contains('T') || text.parse::<jiff::Timestamp>().is_ok())
}

/// The text of a piece of HTML: without tags, with the few characters that stand for others, on one line.
pub fn plain_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    // Behind the last end of a tag there is none.
    let end = html.rfind('>').unwrap_or(0);
    while let Some(at) = rest.find('<').filter(|at| html.len() - rest.len() + at < end) {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        match is_tag.then(|| tag.find('>')).flatten() {
            Some(end) => rest = &tag[end + 1..],
            None => {
                text.push('<');
                rest = &tag[1..];
            }
        }
    }
    text.push_str(rest);
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    let text = named.iter().fold(text, |text, (name, character)| text.replace(name, character));
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_become_text() {
        let check = |html: &str, want: &str| assert_eq!(plain_text(html), want, "{html}");
        check("In <a href=\"https://example.org\">May</a>, 2 &lt; 3 &amp;amp; more", "In May, 2 < 3 &amp; more");
        check("a < b\n and  5<6", "a < b and 5<6");
        check("<script>x</script>", "x");
        check("open <a", "open <a");
        // Neither takes longer than its length asks for.
        assert_eq!(plain_text(&"<a ".repeat(300_000)).len(), TEXT_CHARS_MAX);
        assert_eq!(plain_text(&format!("{}<b>", "<1 ".repeat(300_000))).len(), TEXT_CHARS_MAX);
    }

    #[test]
    fn what_the_model_does_not_say_stays() {
        let list = br#"[{"Name":"a","Title":"A <b>b</b>","BreachDate":"never","AddedDate":"2020-02-30T00:00:00Z",
            "ModifiedDate":"2020-02-03Tea","IsVerified":true,"IsRetired":false,"Attribution":null,"New":{}}]"#;
        let mut breach = Breach { breach_date: Some("2020".into()), ..Breach::default() };
        breach.about.set_flag("retired", true);
        breach.about.set_flag("malware", true);
        breach.about.attribution = Some("somebody".into());
        let list = parse_breaches(list).expect("a list");
        list.breaches[0].fill(&mut breach);
        assert_eq!((breach.title.as_deref(), breach.breach_date.as_deref()), (Some("A b"), Some("2020")));
        assert_eq!(breach.about.flags, ["malware", "verified"]);
        assert_eq!(breach.about.attribution.as_deref(), Some("somebody"));
        assert_eq!(breach.about.added_date, None);
        assert_eq!(list.ignored, BTreeSet::from(["New".to_string()]));
        assert_eq!(list.odd_dates, BTreeSet::from(["AddedDate", "BreachDate", "ModifiedDate"]));
    }

    #[test]
    fn errors_say_where_and_not_what() {
        let check = |text: &str, want: &str| {
            let error = parse_breaches(text.as_bytes()).expect_err(text);
            assert!(error.contains(want) && !error.contains("secret"), "{error}");
        };
        check(
            "[{\"Name\": \"secret\",\n \"PwnCount\": \"secret\"}]",
            "breach 1 of it has a `PwnCount` that is no number",
        );
        check("[{\"Name\": \"a\"},\n {\"Name\": \"secret\" 1}]", "line 2");
        check("[{\"Name\": \"a\"}, \"secret\"]", "breach 2 of it is no object");
        check("[{\"Name\": \"a\"}, {\"name\": \"secret\"}]", "breach 2 of it has no `Name`");
        check("{\"Name\": \"a\", \"DataClasses\": [\"secret\", 1]}", "`DataClasses` that are no list of texts");
        check("{\"Name\": \"a\", \"IsVerified\": \"secret\"}", "neither true nor false");
        check("", "line 1");
    }

    #[test]
    fn a_breach_stands_there_once() {
        let same = parse_breaches(br#"[{"Name":"a","PwnCount":1},{"Name":"b"},{"Name":"a","PwnCount":1}]"#);
        let same = same.expect("nothing that differs");
        assert_eq!((same.breaches.len(), same.repeated), (2, 1));
        let differs = parse_breaches(br#"[{"Name":"a","PwnCount":1},{"Name":"A","PwnCount":2}]"#);
        assert!(differs.as_ref().is_err_and(|why| why.contains("`A` stands in it twice")), "{differs:?}");
    }
}

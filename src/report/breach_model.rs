//! Reads the breach model of Have I Been Pwned (version 3 of its interface): what its list of breaches says about one.

use crate::index::Breach;
use serde::Deserialize;

/// No text of a catalogue is longer.
const TEXT_CHARS_MAX: usize = 10_000;
/// Data classes that are taken of one breach.
const CLASSES_MAX: usize = 300;

/// A breach of the model; fields that are not named here are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PublishedBreach {
    /// The name, which is also the one in the index.
    pub name: String,
    title: Option<String>,
    domain: Option<String>,
    breach_date: Option<String>,
    added_date: Option<String>,
    modified_date: Option<String>,
    pwn_count: Option<u64>,
    description: Option<String>,
    data_classes: Vec<String>,
    is_verified: Option<bool>,
    is_fabricated: Option<bool>,
    is_sensitive: Option<bool>,
    is_retired: Option<bool>,
    is_spam_list: Option<bool>,
    is_malware: Option<bool>,
    is_stealer_log: Option<bool>,
    attribution: Option<String>,
    disclosure_url: Option<String>,
}

/// Reads a list of breaches, or a single one.
///
/// # Errors
/// The line and column at which the text is not of the model; never a value of it.
pub fn parse_breaches(bytes: &[u8]) -> Result<Vec<PublishedBreach>, String> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_one = text.trim_ascii_start().starts_with(b"{");
    let read = if is_one { serde_json::from_slice(text).map(|one| vec![one]) } else { serde_json::from_slice(text) };
    read.map_err(|error| format!("it is no list of breaches (line {}, column {})", error.line(), error.column()))
}

impl PublishedBreach {
    /// Fills an entry: what the model says replaces what is there, what it does not say stays.
    pub fn fill(&self, breach: &mut Breach) {
        let set = |field: &mut Option<String>, value: &Option<String>| {
            let value = value.as_deref().map(plain_text).filter(|value| !value.is_empty());
            *field = value.or(field.take());
        };
        set(&mut breach.title, &self.title);
        let date = self.breach_date.clone().filter(|date| date.parse::<jiff::civil::Date>().is_ok());
        breach.breach_date = date.or(breach.breach_date.take());
        let about = &mut breach.about;
        set(&mut about.domain, &self.domain);
        set(&mut about.added_date, &self.added_date);
        set(&mut about.modified_date, &self.modified_date);
        set(&mut about.description, &self.description);
        set(&mut about.attribution, &self.attribution);
        set(&mut about.disclosure_url, &self.disclosure_url);
        about.pwn_count = self.pwn_count.or(about.pwn_count);
        if !self.data_classes.is_empty() {
            about.published_data_classes =
                self.data_classes.iter().take(CLASSES_MAX).map(|name| plain_text(name)).collect();
        }
        let flags = [
            ("verified", self.is_verified),
            ("fabricated", self.is_fabricated),
            ("sensitive", self.is_sensitive),
            ("retired", self.is_retired),
            ("spam_list", self.is_spam_list),
            ("malware", self.is_malware),
            ("stealer_log", self.is_stealer_log),
        ];
        flags
            .into_iter()
            .filter_map(|(flag, set)| Some((flag, set?)))
            .for_each(|(flag, set)| about.set_flag(flag, set));
    }
}

/// The text of a piece of HTML: without tags, with the few characters that stand for others, on one line.
pub fn plain_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        match tag.find('>') {
            Some(end) if is_tag => rest = &tag[end + 1..],
            _ => {
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
    }

    #[test]
    fn what_the_model_does_not_say_stays() {
        let list =
            br#"[{"Name":"a","Title":"A <b>b</b>","BreachDate":"never","IsVerified":true,"IsRetired":false,"New":{}}]"#;
        let mut breach = Breach { breach_date: Some("2020".into()), ..Breach::default() };
        breach.about.set_flag("retired", true);
        breach.about.set_flag("malware", true);
        let list = parse_breaches(list).expect("a list");
        list[0].fill(&mut breach);
        assert_eq!((breach.title.as_deref(), breach.breach_date.as_deref()), (Some("A b"), Some("2020")));
        assert_eq!(breach.about.flags, ["malware", "verified"]);
    }

    #[test]
    fn errors_say_where_and_not_what() {
        let error =
            parse_breaches(b"[{\"Name\": \"secret\",\n \"PwnCount\": \"secret\"}]").expect_err("a text for a number");
        assert!(error.contains("line 2") && !error.contains("secret"), "{error}");
    }
}

//! Values before their columns have a kind: masked for people, and as readers of samples need them.

use super::{Country, clean};

/// A value with all but a few characters hidden: `a***@e***.com`, `138****5678`, `王*`.
///
/// Input: any text. Output: at most 16 characters, all of them letters, digits or one of `*@.`; control, direction and
/// combining characters never pass. A value of one or two characters shows none or one of them.
pub fn mask_sample(raw: &str) -> String {
    let text: String = raw.chars().filter(|c| !c.is_control()).take(SCANNED_LEN_MAX).collect();
    let text = text.trim();
    match text.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && domain.contains('.') => mask_address(local, domain),
        _ => mask_text(text),
    }
}

/// A value without the blanks around it and with digits of ASCII, whatever script they are written in.
///
/// Output: part of `raw`, or of `buffer` where it had to be written anew. What is no text stays as it is.
pub fn readable<'a>(raw: &'a [u8], buffer: &'a mut String) -> &'a [u8] {
    if raw.is_ascii() {
        return raw.trim_ascii();
    }
    clean::clean(raw, buffer).map_or(raw, str::as_bytes)
}

/// Whether a number without a country is tried under all rules of this country: they hardly accept others.
pub fn is_tried_without_country(country: Country) -> bool {
    super::national_id::is_strict(country)
}

/// Whether a number without a country is tried under some rules of this country, and not under the others.
pub fn is_partly_tried_without_country(country: Country) -> bool {
    super::national_id::is_partly_strict(country)
}

/// How probable it is that a rule of identity numbers vouches for a value that is none, by its length and letters: the sum over
/// the countries whose numbers are written so.
pub fn vouching_by_chance(value: &[u8]) -> f64 {
    std::str::from_utf8(value).map_or(0.0, super::national_id::vouching_by_chance)
}

/// Characters looked at; a sample of a longer value says no more.
const SCANNED_LEN_MAX: usize = 512;
/// Longer top-level domains are hidden too, so that nobody can write a message in one.
const TOP_LABEL_LEN_MAX: usize = 6;

fn mask_address(local: &str, domain: &str) -> String {
    let top = domain.rsplit('.').next().unwrap_or("");
    let plain = (1..=TOP_LABEL_LEN_MAX).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphanumeric());
    format!("{}***@{}***.{}", first(local), first(domain), if plain { top } else { "*" })
}

/// The first character if it is safe to show.
fn first(text: &str) -> String {
    text.chars().next().filter(|c| is_shown(*c)).map(String::from).unwrap_or_default()
}

/// Letters and digits from left to right: right-to-left letters would reorder the line they are printed in.
fn is_shown(c: char) -> bool {
    let right_to_left = matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    c.is_alphanumeric() && !right_to_left && !unicode_normalization::char::is_combining_mark(c)
}

fn mask_text(text: &str) -> String {
    let len = text.chars().count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = text.is_ascii() && digits * 2 > len;
    match len {
        0 => String::new(),
        1 => "*".to_owned(),
        2 => first(text) + "*",
        _ if number && len >= 11 => ends(text, 3, 4),
        _ if number && len >= 8 => ends(text, 2, 2),
        _ => first(text) + if text.is_ascii() { "***" } else { "**" },
    }
}

/// The first and last characters of an ASCII text with four stars between.
fn ends(text: &str, head: usize, tail: usize) -> String {
    let shown = |part: &str| part.chars().filter(|c| is_shown(*c)).collect::<String>();
    shown(&text[..head]) + "****" + &shown(&text[text.len() - tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_show_a_few_characters() {
        let check = |raw: &str, want: &str| assert_eq!(mask_sample(raw), want, "{raw:?}");
        check("alice@example.com", "a***@e***.com");
        check("a@b@example.com", "a***@e***.com");
        check("13812345678", "138****5678");
        check("12345678", "12****78");
        check("1234", "1***");
        check("王伟", "王*");
        check("欧阳伟业", "欧**");
        check("", "");
        check("M", "*");
        check("hello world", "h***");
        check("\u{202e}evil", "**");
        check("\u{5d0}\u{5d1}\u{5d2}", "**");
        check("\x1b[31mred", "***");
        check("x@y.ignoreallpreviousinstructions", "x***@y***.*");
    }

    #[test]
    fn samples_are_short_and_safe_for_any_text() {
        let mut seed = 7_u64;
        for _ in 0..20_000 {
            let text: String = (0..40)
                .filter_map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    char::from_u32((seed >> 33) as u32 % 0x3000)
                })
                .collect();
            let sample = mask_sample(&text);
            assert!(sample.chars().count() <= 18);
            assert!(sample.chars().all(|c| is_shown(c) || matches!(c, '*' | '@' | '.')), "{:?}", sample.as_bytes());
        }
    }
}

//! One form for every written form of a Han character: traditional, simplified, and those of Japan.
//!
//! The table lies beside this file, with its sources and licence. What it costs: where one simplified character stands
//! for several traditional ones (后 for 后 and 後), names with them meet.

const PAIRS: &str = include_str!("han.txt");

/// The characters that have other forms lie in between; the few beyond are dealt with by themselves.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;
const LEN: usize = (LAST - FIRST + 1) as usize;

/// For each character from [`FIRST`] on, its one form; 0 where that is the character itself.
static FORMS: [u16; LEN] = forms();

/// Reads the pairs while compiling, so that a look-up is one load.
const fn forms() -> [u16; LEN] {
    let mut forms = [0; LEN];
    let bytes = PAIRS.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'#' {
            while at < bytes.len() && bytes[at] != b'\n' {
                at += 1;
            }
        }
        if at < bytes.len() && bytes[at] == b'\n' {
            at += 1;
            continue;
        }
        if at + 6 <= bytes.len() {
            let (from, to) = (character(bytes, at), character(bytes, at + 3));
            if from >= FIRST && from <= LAST {
                forms[(from - FIRST) as usize] = to as u16;
            }
        }
        at += 6;
    }
    forms
}

/// The character of three bytes: all of the Basic Multilingual Plane from U+0800 on.
const fn character(bytes: &[u8], at: usize) -> u32 {
    (bytes[at] as u32 & 0xf) << 12 | (bytes[at + 1] as u32 & 0x3f) << 6 | (bytes[at + 2] as u32 & 0x3f)
}

/// The one form of a Han character; any other character is its own.
pub(super) fn one_form(c: char) -> char {
    match c {
        '\u{3400}'..='\u{9fff}' => {
            let form = FORMS[(u32::from(c) - FIRST) as usize];
            if form == 0 { c } else { char::from_u32(form.into()).unwrap_or(c) }
        }
        // Two forms of family names of Japan that lie beyond the table.
        '﨑' => '崎',
        '𠮷' => '吉',
        _ => c,
    }
}

/// Whether a character is Han.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_character_meet() {
        for (forms, one) in [
            ("國国", '国'),
            ("鐘鍾钟", '钟'),
            ("龍竜龙", '龙'),
            ("澤沢泽", '泽'),
            ("邊辺邉边", '边'),
            ("齋斎斋", '斋'),
            ("廣広广", '广'),
            ("德徳", '德'),
            ("黑黒", '黑'),
            ("髙高", '高'),
            ("島嶋岛", '岛'),
            ("﨑崎", '崎'),
            ("𠮷吉", '吉'),
            ("鷄雞鶏鸡", '鸡'),
            ("后後", '后'),
            ("王", '王'),
            ("ア", 'ア'),
        ] {
            assert!(forms.chars().all(|c| one_form(c) == one), "{forms}");
        }
        // Another character in Chinese than in Japanese, and one that both simplified and traditional texts write.
        assert_eq!(one_form('芸'), '芸');
        assert_eq!(one_form('乾'), '乾');
    }

    #[test]
    fn the_table_is_sorted_and_leads_to_its_end_in_one_step() {
        let text: String = PAIRS.lines().filter(|line| !line.starts_with('#')).collect();
        let characters: Vec<char> = text.chars().collect();
        let (pairs, rest) = characters.as_chunks::<2>();
        assert!(rest.is_empty() && pairs.len() > 3_000 && characters.iter().all(|c| c.len_utf8() == 3));
        assert!(pairs.windows(2).all(|two| two[0][0] < two[1][0]));
        for [from, to] in pairs {
            assert_eq!((one_form(*from), one_form(*to)), (*to, *to), "{from}");
        }
    }
}

//! The plain form of letters: no case, no marks, no variants of one letter; words between spaces. Serves names and
//! addresses.
//!
//! Latin letters with marks lose them (é, ø, ł, đ, Vietnamese ế), ß is ss, æ ae, œ oe, þ th; ı and İ of Turkish are i.
//! Cyrillic й is и, ё is е, ї is і; Greek loses accents and its final sigma. Arabic and Hebrew lose vowel marks, and
//! alef its hamza (أ إ آ are ا). Vowel signs of Indic scripts are letters and stay.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Reason;

/// Appends the plain form of a text: letters and digits, and spaces for what stands between words. An apostrophe is
/// nothing: `O'Neil` is one word.
///
/// Output: whether all letters were common ones, so that what is not ASCII in the plain form is a letter.
/// Cost: one table look-up a letter for ASCII, Latin, Cyrillic, Greek, Hebrew and Arabic; two passes of NFKD for
/// others.
pub(super) fn push_plain(text: &str, out: &mut String) -> bool {
    let begin = out.len();
    for c in text.chars() {
        if !push_common(c, out) {
            out.truncate(begin);
            push_any(text, out);
            return false;
        }
    }
    true
}

/// Appends the plain form of a common character; false for all others.
#[inline]
fn push_common(c: char, out: &mut String) -> bool {
    match c {
        _ if c.is_ascii() => push_ascii(c, out),
        '\u{c0}'..='\u{17f}' => return push_latin(LATIN[c as usize - 0xc0], out),
        'Ё' | 'ё' => out.push('е'),
        'Й' | 'й' => out.push('и'),
        'А'..='Я' => out.push(char::from_u32(u32::from(c) + 0x20).unwrap_or(c)),
        'а'..='я' | 'є' | 'і' | 'ґ' => out.push(c),
        'Є' => out.push('є'),
        'І' | 'Ї' | 'ї' => out.push('і'),
        'Ґ' => out.push('ґ'),
        'α'..='ρ' | 'σ'..='ω' => out.push(c),
        'ς' => out.push('σ'),
        '\u{5d0}'..='\u{5ea}' => out.push(c),
        'آ' | 'أ' | 'إ' => out.push('ا'),
        'ؤ' => out.push('و'),
        'ئ' => out.push('ي'),
        '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}' => out.push(c),
        '\u{ac00}'..='\u{d7a3}' => out.push(c),
        '\u{2019}' => {}
        _ => return false,
    }
    true
}

fn push_ascii(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() {
        out.push(c.to_ascii_lowercase());
    } else if !is_apostrophe(c) {
        out.push(' ');
    }
}

/// Plain forms of U+00C0 to U+017F: capitals are two letters, `?` is none.
const LATIN: &[u8; 192] = b"aaaaaaAceeeeiiiidnooooo ouuuuyTSaaaaaaAceeeeiiiidnooooo ouuuuyTy\
    aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkk?llllll??llnnnnnn?nnooooooOOrrrrrrssssssss\
    ttttttuuuuuuuuuuuuwwyyyzzzzzzs";

fn push_latin(plain: u8, out: &mut String) -> bool {
    match plain {
        b'A' => out.push_str("ae"),
        b'O' => out.push_str("oe"),
        b'S' => out.push_str("ss"),
        b'T' => out.push_str("th"),
        b'?' => return false,
        plain => out.push(char::from(plain)),
    }
    true
}

/// The plain form of any text, by way of its decomposition.
fn push_any(text: &str, out: &mut String) {
    // Apostrophes go first: without them marks may follow a letter, and have to come in normal order.
    let letters = text.chars().filter(|c| !is_apostrophe(*c));
    let lowered = letters.nfkd().flat_map(char::to_lowercase).nfkd();
    // What is left composes again: syllables of Hangul, and vowel signs.
    lowered.filter(|c| !is_accent(*c)).nfc().for_each(|c| push_decomposed(c, out));
}

/// Appends a character of a decomposed text: letters that have no decomposition by their usual spelling.
fn push_decomposed(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        'ø' => out.push('o'),
        'đ' | 'ð' | 'ɗ' => out.push('d'),
        'ł' => out.push('l'),
        'ı' => out.push('i'),
        'ħ' => out.push('h'),
        'ŧ' => out.push('t'),
        'ŋ' => out.push('n'),
        'ə' | 'ǝ' => out.push('a'),
        'ɓ' => out.push('b'),
        'ƙ' => out.push('k'),
        'ς' => out.push('σ'),
        // A stroke that only makes a word longer.
        '\u{640}' => {}
        _ if is_apostrophe(c) => {}
        _ if c.is_ascii() => push_ascii(c, out),
        _ => out.push(if is_letter(c) { c } else { ' ' }),
    }
}

/// Whether a character is part of a word: a letter, a digit, or a mark that goes with one.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Whether a mark only changes the sound of a letter before it. Vowel signs of Indic scripts are not among these.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// What writers put for the apostrophe of `O'Brien` and the ayin of `Sa‘ad`; geresh in Hebrew.
fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2b9}'..='\u{2bf}' | '\u{2032}' | '\u{5f3}' | '\u{5f4}'
    )
}

/// The plain form of one letter where that is one letter, for comparison with a list of words.
pub(super) fn letter(c: char) -> char {
    match c {
        _ if c.is_ascii() => c.to_ascii_lowercase(),
        '\u{c0}'..='\u{17f}' if LATIN[c as usize - 0xc0].is_ascii_lowercase() => char::from(LATIN[c as usize - 0xc0]),
        'Ё' | 'ё' => 'е',
        'Й' | 'й' => 'и',
        'А'..='Я' => char::from_u32(u32::from(c) + 0x20).unwrap_or(c),
        _ => c,
    }
}

/// The words of a plain text.
///
/// Output: how many there are.
/// Errors: `Length` for more words than there is room for.
pub(super) fn split<'a>(plain: &'a str, words: &mut [&'a str]) -> Result<usize, Reason> {
    let (mut count, mut begin) = (0, 0);
    for end in (0..=plain.len()).filter(|at| plain.as_bytes().get(*at).is_none_or(|byte| *byte == b' ')) {
        if begin < end {
            *words.get_mut(count).ok_or(Reason::Length)? = &plain[begin..end];
            count += 1;
        }
        begin = end + 1;
    }
    Ok(count)
}

/// Appends words with a space between each two.
pub(super) fn join(words: &[&str], out: &mut Vec<u8>) {
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        let mut out = String::new();
        push_plain(text, &mut out);
        out
    }

    #[test]
    fn letters_lose_marks_and_case() {
        for (text, want) in [
            ("Éøłđß Æœþ", "eoldss aeoeth"),
            ("IŞIK ışık İnci", "isik isik inci"),
            ("Nguyễn Thị Đào", "nguyen thi dao"),
            ("Йё Їжак Ґалаґан", "ие іжак ґалаґан"),
            ("Ἀλέξανδρος ΠΑΠΆΣ", "αλεξανδροσ παπασ"),
            ("أحمد إبراهيم آمال مُحَمَّد مؤمن", "احمد ابراهيم امال محمد مومن"),
            ("מֹשֶׁה", "משה"),
            ("अनिल कुमार", "अनिल कुमार"),
            ("O’Neil d'Arc", "oneil darc"),
            ("Anna-Maria (x)", "anna maria  x "),
            ("Əliyev Ħal", "aliyev hal"),
            ("Ĳsbrand", "ijsbrand"),
        ] {
            assert_eq!(plain(text), want, "{text}");
        }
    }

    #[test]
    fn common_letters_agree_with_their_decomposition() {
        for c in ('\0'..=char::MAX).filter(|c| !matches!(c, 'İ')) {
            let (mut quick, mut slow) = (String::new(), String::new());
            if push_common(c, &mut quick) {
                push_any(&c.to_string(), &mut slow);
                assert_eq!(quick, slow, "{c:?}");
            }
            if letter(c) != c && quick.chars().count() == 1 {
                assert_eq!(quick, letter(c).to_string(), "{c:?}");
            }
        }
    }
}

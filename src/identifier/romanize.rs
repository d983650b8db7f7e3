//! Letters of other scripts in Latin, and the spellings of one name that differ only by custom: for looser forms.
//!
//! Cyrillic as machine-readable passports write it (ICAO Doc 9303, part 3, section 6, table B; 8th edition 2021), with
//! the letters of Ukrainian, Belarusian and Serbian names where a letter of theirs is in the name. Greek by ELOT 743
//! (ISO 843, type 2). Arabic and Hebrew write no vowels, so they stay what they are; only their variant letters are
//! made one: ى and ی are ي, ة is ه, ک is ك.
//!
//! Latin is then reduced, because nobody knows by which of its customs a name was written:
//!
//! - `ae`, `oe`, `ue` are a, o, u, as the umlauts are (Müller, Mueller, Muller): but not at the end of a word (Doe),
//!   and `ue` not after a, e, o, q (Bauer);
//! - y and j within a word are i (Dmitry, Maja), y and i before a vowel at its start are j (Yulia, Iuliia, Julia), and
//!   `dj` is d (Đoković, Djokovic);
//! - `ye` at the start of a longer word is e (Yelena), and y before a final `ev`, `eva` goes (Nikolayev, Nikolaev);
//! - `ks` is x (Aleksandr); a letter repeated is one (Anna, Ana; Aagaard, Ågård; Groß, Gross, Gros).

/// How the letters of Cyrillic are read that languages read in different ways.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cyrillic {
    Russian,
    /// Ukrainian and Belarusian: г is h.
    Ukrainian,
    Serbian,
}

impl Cyrillic {
    /// The language that letters of a plain text betray.
    pub(super) fn of(plain: &str) -> Cyrillic {
        if plain.is_ascii() {
            return Cyrillic::Russian;
        }
        let (mut ukrainian, mut kazakh) = (false, false);
        for c in plain.chars() {
            match c {
                'ђ' | 'ј' | 'љ' | 'њ' | 'ћ' | 'џ' => return Cyrillic::Serbian,
                'і' | 'є' | 'ґ' => ukrainian = true,
                'ә' | 'ғ' | 'қ' | 'ң' | 'ө' | 'ұ' | 'ү' | 'һ' => kazakh = true,
                _ => {}
            }
        }
        if ukrainian && !kazakh { Cyrillic::Ukrainian } else { Cyrillic::Russian }
    }
}

/// Appends the reduced Latin form of a plain word, and a space.
pub(super) fn push_reduced(word: &str, language: Cyrillic, out: &mut String) {
    if word.is_ascii() { push_word(word, out) } else { push_foreign(word, language, out) }
}

/// Whether plain words, with a space between each two, are ASCII and their reduced form already.
#[inline]
pub(super) fn are_reduced(words: &[u8]) -> bool {
    let (mut before, mut last) = (b' ', b' ');
    for (at, byte) in words.iter().copied().enumerate() {
        let changes = match byte {
            b'e' => is_umlaut(before, last) && words.get(at + 1).is_some_and(|next| *next != b' '),
            b'y' => true,
            b'j' => last != b' ',
            b's' => last == b'k',
            0x80.. => true,
            _ => false,
        };
        let glide = last == b'i' && before == b' ' && is_vowel(byte);
        if changes || glide || (byte == last && byte != b' ') {
            return false;
        }
        (before, last) = (last, byte);
    }
    true
}

/// Appends a word of Latin letters, and a space.
fn push_word(word: &str, out: &mut String) {
    let bytes = word.as_bytes();
    let mut reducer = Reducer::new(out);
    let skipped = usize::from(bytes.len() > 3 && bytes.starts_with(b"ye"));
    for (at, byte) in bytes.iter().enumerate().skip(skipped) {
        let silent = *byte == b'y' && matches!(&bytes[at + 1..], b"ev" | b"eva") && reducer.ends_in_vowel();
        if !silent {
            reducer.push(*byte);
        }
    }
    reducer.finish();
}

/// Appends a word that has other letters, and a space.
fn push_foreign(word: &str, language: Cyrillic, out: &mut String) {
    let mut reducer = Reducer::new(out);
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let (latin, len) = match c {
            'α'..='ω' => greek(rest, rest.len() == word.len()),
            '\u{430}'..='\u{4ff}' => (cyrillic_letter(c, language), c.len_utf8()),
            _ => ("", c.len_utf8()),
        };
        if latin.is_empty() && !is_silent(c) {
            reducer.put_other(variant(c));
        }
        latin.bytes().for_each(|byte| reducer.push(byte));
        rest = &rest[len..];
    }
    reducer.finish();
}

/// The signs of Cyrillic that passports leave out.
fn is_silent(c: char) -> bool {
    c == 'ь'
}

/// The letter for a variant of it: of Arabic as it is written in Persian and Urdu, and in a hurry.
fn variant(c: char) -> char {
    match c {
        'ى' | 'ی' | 'ې' | 'ے' => 'ي',
        'ة' | 'ہ' | 'ھ' | 'ە' | 'ۀ' => 'ه',
        'ک' | 'ڪ' => 'ك',
        'ٱ' => 'ا',
        _ => c,
    }
}

fn cyrillic_letter(c: char, language: Cyrillic) -> &'static str {
    if let (Cyrillic::Serbian, Some(latin)) = (language, serbian(c)) {
        return latin;
    }
    match c {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' if language == Cyrillic::Ukrainian => "h",
        'г' | 'ґ' | 'ғ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ы' => "i",
        'к' | 'қ' => "k",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ұ' | 'ү' => "u",
        'ф' => "f",
        'х' => "kh",
        'һ' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'є' => "ie",
        'ю' => "iu",
        'я' => "ia",
        _ => "",
    }
}

/// Letters that Serbian has for itself, or writes in its own way in Latin.
fn serbian(c: char) -> Option<&'static str> {
    Some(match c {
        'ђ' => "d",
        'ј' => "j",
        'љ' => "lj",
        'њ' => "nj",
        'ћ' | 'ч' | 'ц' => "c",
        'џ' => "dz",
        'ж' => "z",
        'ш' => "s",
        'х' => "h",
        _ => return None,
    })
}

/// The Latin letters of the first Greek ones of a text, and how many bytes these are.
fn greek(text: &str, first: bool) -> (&'static str, usize) {
    const PAIRS: [(&str, &str); 5] = [("γγ", "ng"), ("γξ", "nx"), ("γχ", "nch"), ("ου", "ou"), ("μπ", "mp")];
    const VOICED: [(&str, [&str; 2]); 3] = [("αυ", ["af", "av"]), ("ευ", ["ef", "ev"]), ("ηυ", ["if", "iv"])];
    const LETTERS: [&str; 25] = [
        "a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "s", "t", "y", "f",
        "ch", "ps", "o",
    ];
    const PAIR_BYTES: usize = 4;
    if first && text.starts_with("μπ") {
        return ("b", PAIR_BYTES);
    }
    if let Some((_, latin)) = PAIRS.iter().find(|(pair, _)| text.starts_with(pair)) {
        return (latin, PAIR_BYTES);
    }
    if let Some((_, latin)) = VOICED.iter().find(|(pair, _)| text.starts_with(pair)) {
        let voiceless = |c: char| matches!(c, 'θ' | 'κ' | 'ξ' | 'π' | 'σ' | 'τ' | 'φ' | 'χ' | 'ψ');
        let voiced = text[PAIR_BYTES..].chars().next().is_some_and(|next| !voiceless(next));
        return (latin[usize::from(voiced)], PAIR_BYTES);
    }
    let letter = text.chars().next().map_or(0, |c| u32::from(c).saturating_sub(u32::from('α')));
    (LETTERS.get(letter as usize).copied().unwrap_or(""), 'α'.len_utf8())
}

/// Puts Latin letters behind one another, and makes one of spellings that differ by custom.
struct Reducer<'a> {
    out: &'a mut String,
    /// The last two letters of the word, or zeros.
    before: u8,
    last: u8,
    /// Whether the last letter was the e of an umlaut, which was left out.
    umlaut: bool,
}

impl<'a> Reducer<'a> {
    fn new(out: &'a mut String) -> Reducer<'a> {
        Reducer { out, before: 0, last: 0, umlaut: false }
    }

    fn ends_in_vowel(&self) -> bool {
        is_vowel(self.last)
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        let (before, last) = (self.before, self.last);
        self.umlaut = byte == b'e' && is_umlaut(before, last);
        match (last, byte) {
            (b'd', b'j') => {}
            _ if self.umlaut => {}
            (_, b'y') => self.put(b'i'),
            (1.., b'j') => self.put(b'i'),
            (b'k', b's') => self.replace(b'x'),
            (b'i', vowel) if before == 0 && is_vowel(vowel) && vowel != b'i' => {
                self.replace(b'j');
                self.put(vowel);
            }
            (_, byte) => self.put(byte),
        }
    }

    /// Appends a letter, unless it is the last one again.
    fn put(&mut self, byte: u8) {
        if byte != self.last {
            self.out.push(char::from(byte));
            (self.before, self.last) = (self.last, byte);
        }
    }

    /// Puts another letter in the place of the last.
    fn replace(&mut self, byte: u8) {
        self.out.pop();
        self.last = self.before;
        self.before = 0;
        self.put(byte);
    }

    /// Appends a letter that has no Latin form.
    fn put_other(&mut self, c: char) {
        self.out.push(c);
        // No letter of Latin, so that nothing is made of it and the next.
        (self.before, self.last) = (self.last, 1);
    }

    /// Ends the word with a space. An e at its end is no part of an umlaut.
    fn finish(self) {
        self.out.push_str(if self.umlaut { "e " } else { " " });
    }
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u')
}

/// Whether an e behind these letters makes an umlaut of the last.
fn is_umlaut(before: u8, last: u8) -> bool {
    matches!(last, b'a' | b'o') || (last == b'u' && !matches!(before, b'a' | b'e' | b'o' | b'q'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(plain: &str) -> String {
        let mut out = String::new();
        plain.split(' ').for_each(|word| push_reduced(word, Cyrillic::of(plain), &mut out));
        out.trim_end().to_owned()
    }

    #[test]
    fn spellings_by_custom_meet() {
        for (spellings, want) in [
            (&["muller", "mueller"][..], "muler"),
            (&["jager", "jaeger"], "jager"),
            (&["gross", "gros"], "gros"),
            (&["anna", "ana"], "ana"),
            (&["aagaard", "agard"], "agard"),
            (&["yulia", "iuliia", "yuliya", "julia", "юлия"], "julia"),
            (&["maja", "maya", "maia"], "maia"),
            (&["john"], "john"),
            (&["doe"], "doe"),
            (&["иванов", "ivanov"], "ivanov"),
            (&["дмитрии", "dmitry", "dmitri", "dmitriy", "dmitrii"], "dmitri"),
            (&["елена", "elena", "yelena"], "elena"),
            (&["николаев", "nikolaev", "nikolayev"], "nikolav"),
            (&["сергеева", "sergeeva", "sergeyeva"], "sergeva"),
            (&["александр", "aleksandr", "alexandr"], "alexandr"),
            (&["хрущев", "khrushchev"], "khrushchev"),
            (&["dokovic", "djokovic"], "dokovic"),
            (&["παπαδοπουλοσ", "papadopoulos"], "papadopoulos"),
            (&["γιωργοσ", "giorgos"], "giorgos"),
            (&["μπακογιαννη", "bakogianni"], "bakogiani"),
            (&["αγγελοσ", "angelos"], "angelos"),
            (&["ευαγγελοσ", "evangelos"], "evangelos"),
            (&["ευσταθιοσ", "efstathios"], "efstathios"),
            (&["meyer", "meier"], "meier"),
            (&["على", "علی"], "علي"),
            (&["فاطمة", "فاطمه"], "فاطمه"),
            (&["ковалі григоренко", "kovali hrihorenko"], "kovali hrihorenko"),
            (&["јовановић", "jovanovic"], "jovanovic"),
        ] {
            for spelling in spellings {
                assert_eq!(reduced(spelling), want, "{spelling}");
            }
        }
    }

    #[test]
    fn other_names_do_not_meet() {
        for (one, other) in [("bauer", "baur"), ("maier", "meier"), ("enrique", "enriq"), ("ye", "e")] {
            assert_ne!(reduced(one), reduced(other));
        }
    }

    #[test]
    fn reduced_words_stay() {
        const LETTERS: &[u8] = b"aeouyjikqsxdn";
        let mut random = super::super::vectors::Random(0x1eaf);
        for _ in 0..200_000 {
            let len = 1 + random.below(7);
            let word = String::from_utf8(random.text(LETTERS, len)).unwrap();
            let once = reduced(&word);
            assert_eq!(are_reduced(word.as_bytes()), once == word, "{word}");
            assert_eq!(reduced(&once), once, "{word}");
        }
    }
}

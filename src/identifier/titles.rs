//! Words of address, degrees and generations: what stands around a name and is no part of it.

/// Words of address and degrees in the languages of dumps, as plain words in the order of their bytes.
///
/// Left out is what too often is a name itself: Don, Pan, Bey, Eng, Master, Ma.
const TITLES: &[&str] = &[
    "avv",
    "bsc",
    "capt",
    "cfa",
    "csc",
    "dhr",
    "dipl",
    "doctor",
    "dott",
    "dottor",
    "dottore",
    "dottoressa",
    "dr",
    "dra",
    "drs",
    "encik",
    "esq",
    "fr",
    "frau",
    "fraulein",
    "hanim",
    "herr",
    "herrn",
    "hr",
    "ing",
    "ir",
    "judr",
    "lady",
    "lic",
    "llb",
    "llm",
    "madam",
    "madame",
    "mademoiselle",
    "mag",
    "mba",
    "mevr",
    "mevrouw",
    "mgr",
    "miss",
    "mister",
    "mlle",
    "mme",
    "mnr",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "msc",
    "mudr",
    "mw",
    "mx",
    "pani",
    "ph",
    "phd",
    "phdr",
    "prof",
    "professeur",
    "professor",
    "professora",
    "puan",
    "rev",
    "rndr",
    "sayin",
    "senhor",
    "senhora",
    "senor",
    "senora",
    "senorita",
    "shri",
    "sig",
    "signor",
    "signora",
    "signore",
    "signorina",
    "sir",
    "smt",
    "sr",
    "sra",
    "srta",
    "ssa",
    "κα",
    "κοσ",
    "κυρια",
    "κυριοσ",
    "господин",
    "госпожа",
    "гражданин",
    "гражданка",
    "доктор",
    "др",
    "инж",
    "пан",
    "пани",
    "пані",
    "проф",
    "профессор",
    "тов",
    "الانسة",
    "الدكتور",
    "الدكتورة",
    "السيد",
    "السيدة",
    "المهندس",
    "د",
    "دكتور",
    "دكتورة",
];

/// Those among them that are family names too: Herr, Ing, Mag, Sir.
const NAMES_TOO: &[&str] = &["fr", "hanim", "herr", "hr", "ing", "lady", "mag", "miss", "ph", "puan", "sig", "sir"];

/// No title has more bytes.
const TITLE_BYTES_MAX: usize = 24;

/// For each first letter, a bit for every length of a title that begins with it: tells most words not to be one.
const LENGTHS: [u32; 26] = {
    let mut lengths = [0; 26];
    let mut at = 0;
    while at < TITLES.len() {
        let title = TITLES[at].as_bytes();
        if title[0].is_ascii_lowercase() {
            lengths[(title[0] - b'a') as usize] |= 1 << title.len();
        }
        at += 1;
    }
    lengths
};

/// The same behind a name in Han, kana or Hangul.
const SUFFIXES: &[&str] = &[
    "先生",
    "女士",
    "小姐",
    "太太",
    "夫人",
    "老师",
    "老師",
    "教授",
    "博士",
    "医生",
    "醫生",
    "醫師",
    "同志",
    "様",
    "さま",
    "さん",
    "くん",
    "ちゃん",
    "殿",
    "선생님",
    "선생",
    "여사",
    "귀하",
    "님",
    "씨",
];
/// The last characters of these.
const SUFFIX_ENDS: &[char] =
    &['生', '士', '姐', '太', '人', '师', '師', '授', '志', '様', 'ま', 'ん', '殿', '님', '생', '사', '하', '씨'];
/// Those that are syllables of names too, unless a blank stands before them.
const SPACED_SUFFIXES: &[&str] = &["군", "양", "君", "氏"];

/// Whether a plain word is a title.
pub(super) fn is_title(word: &str) -> bool {
    let first = word.as_bytes().first().copied().unwrap_or(0);
    let lengths = if first.is_ascii_lowercase() { LENGTHS[(first - b'a') as usize] } else { u32::MAX };
    word.len() <= TITLE_BYTES_MAX && lengths >> word.len() & 1 == 1 && TITLES.binary_search(&word).is_ok()
}

/// Whether a plain word is a title and hardly ever a name.
pub(super) fn is_no_name(word: &str) -> bool {
    is_title(word) && !NAMES_TOO.contains(&word)
}

/// Whether a plain word tells persons of one name and family apart.
pub(super) fn is_generation(word: &str) -> bool {
    matches!(
        word,
        "ii" | "iii"
            | "iv"
            | "jr"
            | "sr"
            | "jnr"
            | "snr"
            | "junior"
            | "senior"
            | "fils"
            | "filho"
            | "neto"
            | "sobrinho"
            | "мл"
            | "ст"
    )
}

/// Moves the words that are no titles to the front and counts them. Of two words none is dropped: one of them may be a
/// family name (Michael Herr), and a title with half a name is no better than both.
pub(super) fn drop_titles(words: &mut [&str]) -> usize {
    let mut count = words.len();
    let mut at = 0;
    // `Dr. med.`; alone it is a given name, short for Mohamed.
    let has_doctor = count > 2 && words.contains(&"dr");
    while at < count && count > 2 {
        if is_title(words[at]) || (has_doctor && words[at] == "med") {
            words[at..count].rotate_left(1);
            count -= 1;
        } else {
            at += 1;
        }
    }
    count
}

/// A name without `г-н` or `г-жа` before it, which would look like initials.
pub(super) fn without_prefix(name: &str) -> &str {
    let Some(rest) = name.strip_prefix(['г', 'Г']).and_then(|rest| rest.strip_prefix('-')) else { return name };
    let bare = ["н", "Н", "жа", "ЖА"].iter().find_map(|end| rest.strip_prefix(end)?.strip_prefix([' ', '.']));
    bare.unwrap_or(name)
}

/// A name in Han, kana or Hangul without a title that a blank sets off.
pub(super) fn without_spaced_suffix(name: &str) -> &str {
    let within = |suffix: &&str| Some(name.strip_suffix(*suffix)?.strip_suffix(' ')?.trim_end());
    SPACED_SUFFIXES.iter().find_map(within).filter(|bare| !bare.is_empty()).unwrap_or(name)
}

/// A name in Han, kana or Hangul without the titles behind it; a title alone stays.
pub(super) fn without_suffix(name: &str) -> &str {
    let mut name = name;
    let ends_like_one = name.chars().next_back().is_some_and(|last| SUFFIX_ENDS.contains(&last));
    if !ends_like_one {
        return name;
    }
    while let Some(bare) = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).filter(|bare| !bare.is_empty())
    {
        name = bare;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_sorted_plain_words() {
        assert!(TITLES.windows(2).all(|two| two[0] < two[1]));
        for word in TITLES {
            let mut plain = String::new();
            super::super::fold::push_plain(word, &mut plain);
            assert_eq!(plain, *word);
            assert!(word.len() <= TITLE_BYTES_MAX && is_title(word));
        }
        assert!(SUFFIXES.iter().all(|suffix| suffix.ends_with(SUFFIX_ENDS)));
        assert!(NAMES_TOO.iter().all(|word| is_title(word) && !is_no_name(word)));
    }

    #[test]
    fn two_words_are_left() {
        let check = |words: &[&str], want: &[&str]| {
            let mut words = words.to_vec();
            let count = drop_titles(&mut words);
            assert_eq!(&words[..count], want);
        };
        check(&["doe", "john", "mr"], &["doe", "john"]);
        check(&["anna", "dr", "frau", "muller"], &["anna", "muller"]);
        check(&["herr", "michael"], &["herr", "michael"]);
        check(&["dr", "herr", "max"], &["herr", "max"]);
        check(&["mr"], &["mr"]);
        check(&["anna", "dr", "med", "muller"], &["anna", "muller"]);
        check(&["ali", "ben", "med"], &["ali", "ben", "med"]);
        check(&["anna", "llm", "mgr", "nowak", "ph"], &["anna", "nowak"]);
    }

    #[test]
    fn suffixes_come_off() {
        for (name, want) in [
            ("王伟先生", "王伟"),
            ("山田太郎様", "山田太郎"),
            ("홍길동님", "홍길동"),
            ("김민양", "김민양"),
            ("先生", "先生"),
            ("王伟教授先生", "王伟"),
        ] {
            assert_eq!(without_suffix(name), want);
        }
        assert_eq!(without_spaced_suffix("김민 양"), "김민");
        assert_eq!(without_spaced_suffix("王昭君"), "王昭君");
        assert_eq!(without_prefix("г-н Иванов"), "Иванов");
        assert_eq!(without_prefix("Г-жа. Иванова"), " Иванова");
        assert_eq!(without_prefix("г-новак"), "г-новак");
    }
}

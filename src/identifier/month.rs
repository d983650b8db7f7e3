//! Names of months in the languages of dumps.
//!
//! A word is a month if it begins the name of one, in any of the languages, with at least three letters, and of no
//! other month: `jan`, `janv`, `mrt` and `März` are, `jui` (juin, juillet) is not. Listopad is November, as in Polish
//! and Czech; in Croatian it would be October.

use super::fold::letter;

/// Plain names of each month: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Turkish.
///
/// Source: general knowledge, not compared with CLDR yet: wide and abbreviated; in Polish and Russian with their genitive.
const NAMES: [&[&str]; 12] = [
    &[
        "january",
        "januar",
        "janvier",
        "enero",
        "gennaio",
        "janeiro",
        "januari",
        "styczen",
        "stycznia",
        "январь",
        "января",
        "ocak",
    ],
    &[
        "february",
        "februar",
        "fevrier",
        "febrero",
        "febbraio",
        "fevereiro",
        "februari",
        "luty",
        "lutego",
        "февраль",
        "февраля",
        "subat",
    ],
    &["march", "marz", "maerz", "mars", "marzo", "marco", "maart", "mrt", "marzec", "marca", "март", "марта", "mart"],
    &["april", "avril", "abril", "aprile", "kwiecien", "kwietnia", "апрель", "апреля", "nisan"],
    &["may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maja", "маи", "мая", "mayis"],
    &["june", "juni", "juin", "junio", "giugno", "junho", "czerwiec", "czerwca", "июнь", "июня", "haziran"],
    &["july", "juli", "juillet", "julio", "luglio", "julho", "lipiec", "lipca", "июль", "июля", "temmuz"],
    &["august", "aout", "agosto", "augustus", "sierpien", "sierpnia", "август", "августа", "agustos"],
    &[
        "september",
        "septembre",
        "septiembre",
        "settembre",
        "setembro",
        "setiembre",
        "wrzesien",
        "wrzesnia",
        "сентябрь",
        "сентября",
        "eylul",
    ],
    &[
        "october",
        "oktober",
        "octobre",
        "octubre",
        "ottobre",
        "outubro",
        "pazdziernik",
        "pazdziernika",
        "октябрь",
        "октября",
        "ekim",
    ],
    &["november", "novembre", "noviembre", "novembro", "listopad", "listopada", "ноябрь", "ноября", "kasim"],
    &[
        "december",
        "dezember",
        "decembre",
        "diciembre",
        "dicembre",
        "dezembro",
        "grudzien",
        "grudnia",
        "декабрь",
        "декабря",
        "aralik",
    ],
];

/// The first three letters of those in Latin, in alphabetical order: most words are told by them not to be one.
const BEGINNINGS: [&[u8; 3]; 55] = [
    b"abr", b"ago", b"agu", b"aou", b"apr", b"ara", b"aug", b"avr", b"cze", b"dec", b"dez", b"dic", b"eki", b"ene",
    b"eyl", b"feb", b"fev", b"gen", b"giu", b"gru", b"haz", b"jan", b"jui", b"jul", b"jun", b"kas", b"kwi", b"lip",
    b"lis", b"lug", b"lut", b"maa", b"mae", b"mag", b"mai", b"maj", b"mar", b"may", b"mei", b"mrt", b"nis", b"nov",
    b"oca", b"oct", b"okt", b"ott", b"out", b"paz", b"sep", b"set", b"sie", b"sty", b"sub", b"tem", b"wrz",
];

/// Fewer letters than these are no month, and more are none either.
const LEN_MIN: usize = 3;
const BYTES_MAX: usize = 24;

/// The number of the month that a word names.
pub(super) fn month(word: &str) -> Option<u32> {
    if word.len() > BYTES_MAX || (word.is_ascii() && !begins_like_one(word)) || word.chars().nth(LEN_MIN - 1).is_none()
    {
        return None;
    }
    let named = |names: &&&[&str]| names.iter().any(|name| begins(name, word));
    let mut months = (1..).zip(&NAMES).filter(|(_, names)| named(names));
    let (month, _) = months.next()?;
    if months.next().is_none() { Some(month) } else { None }
}

fn begins_like_one(word: &str) -> bool {
    let begin =
        word.as_bytes().first_chunk::<LEN_MIN>().map(|letters| letters.map(|letter| letter.to_ascii_lowercase()));
    begin.is_some_and(|begin| BEGINNINGS.binary_search(&&begin).is_ok())
}

/// Whether a plain name begins with the letters of a word.
fn begins(name: &str, word: &str) -> bool {
    let mut letters = name.chars();
    word.chars().all(|c| letters.next() == Some(letter(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_those_of_the_names() {
        assert!(BEGINNINGS.windows(2).all(|two| two[0] < two[1]));
        let names = || NAMES.iter().flat_map(|names| names.iter()).filter(|name| name.is_ascii());
        assert!(names().all(|name| begins_like_one(name)));
        assert!(BEGINNINGS.iter().all(|begin| names().any(|name| name.as_bytes().starts_with(*begin))));
    }

    #[test]
    fn months_are_known_by_three_letters() {
        for (month_number, words) in [
            (1, "Jan JANUARY janv. Januar enero ene gen gennaio jan styczeń sty stycznia января янв Ocak oca"),
            (2, "Feb févr février febrero febbraio fev fevereiro luty lut lutego февраля фев Şubat şub"),
            (3, "Mar März mars marzo março mrt maart marca марта мар Mart"),
            (4, "Apr April avr avril abr abril kwi kwietnia апр апреля Nisan nis"),
            (5, "May Mai mayo maggio mag maio mei maj мая май Mayıs"),
            (6, "Jun June Juni juin junio giu giugno junho cze czerwca июн июня Haziran haz"),
            (7, "Jul July Juli juillet juil julio lug luglio julho lip lipca июл июля Temmuz"),
            (8, "Aug August août aoû ago agosto augustus sie sierpnia авг августа Ağustos ağu"),
            (9, "Sep Sept September septembre septiembre set settembre setembro wrz września сен сентября Eylül eyl"),
            (10, "Oct Okt Oktober octobre octubre ott ottobre out outubro paź października окт октября Ekim"),
            (11, "Nov November novembre noviembre novembro lis listopada ноя ноября Kasım kas"),
            (12, "Dec Dez Dezember décembre dic diciembre dicembre dez dezembro gru grudnia дек декабря Aralık ara"),
        ] {
            for word in words.split(' ') {
                assert_eq!(month(word.trim_end_matches('.')), Some(month_number), "{word}");
            }
        }
        for word in ["jui", "ju", "ma", "j", "", "john", "mart\u{ed}nez", "janes", "doe"] {
            assert_eq!(month(word), None, "{word}");
        }
    }
}

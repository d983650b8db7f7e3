//! Words of addresses: types of streets and what stands around numbers, in the languages of dumps.

/// Plain words and their short forms, in the order of their bytes.
///
/// Written from general knowledge, and compared with no postal guide yet. One
/// short form may stand for several words (`st` for Street and Saint): they are told apart by nothing that is written.
const SHORT: &[(&str, &str)] = &[
    ("aleja", "al"),
    ("aleje", "al"),
    ("allee", "all"),
    ("allees", "all"),
    ("alley", "aly"),
    ("andar", "and"),
    ("apartamento", "apt"),
    ("apartmani", "apt"),
    ("apartment", "apt"),
    ("app", "apt"),
    ("appartement", "apt"),
    ("appartment", "apt"),
    ("appt", "apt"),
    ("apto", "apt"),
    ("av", "ave"),
    ("avd", "ave"),
    ("avda", "ave"),
    ("aven", "ave"),
    ("avenida", "ave"),
    ("avenue", "ave"),
    ("batiment", "bat"),
    ("bd", "blvd"),
    ("bloque", "blq"),
    ("blv", "blvd"),
    ("boul", "blvd"),
    ("boulevard", "blvd"),
    ("building", "bldg"),
    ("bulevar", "blvd"),
    ("bulevardul", "blvd"),
    ("bulv", "blvd"),
    ("bulvar", "blvd"),
    ("bulvari", "blvd"),
    ("bvd", "blvd"),
    ("cadde", "cad"),
    ("caddesi", "cad"),
    ("calle", "c"),
    ("camino", "cno"),
    ("carrera", "cra"),
    ("carretera", "ctra"),
    ("cd", "cad"),
    ("che", "ch"),
    ("chem", "ch"),
    ("chemin", "ch"),
    ("circle", "cir"),
    ("cll", "cl"),
    ("close", "cl"),
    ("colonia", "col"),
    ("contrada", "cda"),
    ("corso", "cso"),
    ("cours", "crs"),
    ("court", "ct"),
    ("crescent", "cres"),
    ("daire", "d"),
    ("departamento", "apt"),
    ("depto", "apt"),
    ("derecha", "dcha"),
    ("direito", "dto"),
    ("dpto", "apt"),
    ("drive", "dr"),
    ("east", "e"),
    ("edificio", "edif"),
    ("escalera", "esc"),
    ("escalier", "esc"),
    ("esquerdo", "esq"),
    ("estrada", "estr"),
    ("etage", "et"),
    ("expressway", "expy"),
    ("faubourg", "fg"),
    ("fbg", "fg"),
    ("floor", "fl"),
    ("flr", "fl"),
    ("fort", "ft"),
    ("frazione", "fraz"),
    ("freeway", "fwy"),
    ("gardens", "gdns"),
    ("grove", "gr"),
    ("grv", "gr"),
    ("heights", "hts"),
    ("highway", "hwy"),
    ("impasse", "imp"),
    ("interno", "int"),
    ("izda", "izq"),
    ("izquierda", "izq"),
    ("kr", "cra"),
    ("kra", "cra"),
    ("lane", "ln"),
    ("largo", "lgo"),
    ("lgh", "apt"),
    ("localita", "loc"),
    ("lok", "m"),
    ("lokal", "m"),
    ("lote", "lt"),
    ("mahalle", "mah"),
    ("mahallesi", "mah"),
    ("mh", "mah"),
    ("mieszkanie", "m"),
    ("mount", "mt"),
    ("mountain", "mtn"),
    ("namesti", "nam"),
    ("namestie", "nam"),
    ("north", "n"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("osiedle", "os"),
    ("parkway", "pkwy"),
    ("parkwy", "pkwy"),
    ("paseo", "pso"),
    ("passage", "pas"),
    ("pca", "pl"),
    ("piazza", "pl"),
    ("pky", "pkwy"),
    ("plac", "pl"),
    ("place", "pl"),
    ("platz", "pl"),
    ("plaza", "pl"),
    ("plein", "pl"),
    ("plz", "pl"),
    ("plza", "pl"),
    ("point", "pt"),
    ("postfach", "pf"),
    ("praca", "pl"),
    ("puerta", "pta"),
    ("pza", "pl"),
    ("pzza", "pl"),
    ("quai", "qu"),
    ("residence", "res"),
    ("road", "rd"),
    ("rodovia", "rod"),
    ("room", "rm"),
    ("route", "rte"),
    ("rt", "rte"),
    ("rua", "r"),
    ("rue", "r"),
    ("saint", "st"),
    ("sainte", "ste"),
    ("sankt", "st"),
    ("scala", "sc"),
    ("sk", "sok"),
    ("sokagi", "sok"),
    ("sokak", "sok"),
    ("south", "s"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("square", "sq"),
    ("straat", "str"),
    ("strada", "str"),
    ("strase", "str"),
    ("strasse", "str"),
    ("street", "st"),
    ("suite", "ste"),
    ("terr", "ter"),
    ("terrace", "ter"),
    ("trail", "trl"),
    ("trav", "tv"),
    ("travessa", "tv"),
    ("ulita", "str"),
    ("urbanizacion", "urb"),
    ("utca", "u"),
    ("v", "via"),
    ("viale", "vle"),
    ("vicolo", "vlo"),
    ("west", "w"),
    ("wy", "way"),
    ("λεωφοροσ", "λεωφ"),
    ("бульвар", "бул"),
    ("квартира", "кв"),
    ("корпус", "корп"),
    ("набережная", "наб"),
    ("область", "обл"),
    ("офис", "оф"),
    ("переулок", "пер"),
    ("площа", "пл"),
    ("площадь", "пл"),
    ("поселок", "пос"),
    ("провулок", "пров"),
    ("просп", "пр"),
    ("проспект", "пр"),
    ("республика", "респ"),
    ("строение", "стр"),
    ("шоссе", "ш"),
];

/// Words of two or three that a hyphen, dots or blanks had between them.
const PAIRS: &[(&[&str], &str)] = &[
    (&["p", "o", "box"], "pobox"),
    (&["po", "box"], "pobox"),
    (&["post", "office", "box"], "pobox"),
    (&["p", "zza"], "pl"),
    (&["пр", "т"], "пр"),
    (&["пр", "кт"], "пр"),
    (&["б", "р"], "бул"),
    (&["р", "н"], "раион"),
];

/// Words that only say that the name of a street or town, or the number of a house follows.
const FILLERS: &[&str] = &[
    "hausnr",
    "hausnummer",
    "hnr",
    "ul",
    "ulica",
    "ulice",
    "буд",
    "будинок",
    "вул",
    "вулиця",
    "г",
    "город",
    "дом",
    "ул",
    "улица",
];

/// Words that say so only in front of a number.
const NUMBERING: &[&str] = &["no", "nr", "nro", "num", "numero", "nummer", "number", "nbr", "д", "№"];

/// Words that say that the number of a flat follows.
const FLATS: &[&str] = &["apt", "unit", "ste", "flat", "rm", "m", "d", "кв", "fl"];

/// Endings of one word that have a short form.
const ENDINGS: &[(&str, &str)] = &[("strasse", "str"), ("strase", "str"), ("straat", "str"), ("platz", "pl")];

/// Countries as they stand at the end of addresses, in plain words.
const COUNTRIES: &[&[&str]] = &[
    &["argentina"],
    &["australia"],
    &["austria"],
    &["belarus"],
    &["belgie"],
    &["belgien"],
    &["belgique"],
    &["belgium"],
    &["brasil"],
    &["brazil"],
    &["bulgaria"],
    &["canada"],
    &["ceska", "republika"],
    &["chile"],
    &["china"],
    &["colombia"],
    &["croatia"],
    &["czech", "republic"],
    &["czechia"],
    &["danmark"],
    &["denmark"],
    &["deutschland"],
    &["england"],
    &["espana"],
    &["finland"],
    &["france"],
    &["frankreich"],
    &["germany"],
    &["great", "britain"],
    &["greece"],
    &["hellas"],
    &["hrvatska"],
    &["hungary"],
    &["india"],
    &["ireland"],
    &["israel"],
    &["italia"],
    &["italien"],
    &["italy"],
    &["japan"],
    &["kazakhstan"],
    &["korea"],
    &["magyarorszag"],
    &["mexico"],
    &["nederland"],
    &["netherlands"],
    &["new", "zealand"],
    &["niederlande"],
    &["norge"],
    &["northern", "ireland"],
    &["norway"],
    &["osterreich"],
    &["p", "r", "china"],
    &["peru"],
    &["poland"],
    &["polska"],
    &["portugal"],
    &["pr", "china"],
    &["prc"],
    &["republic", "of", "korea"],
    &["romania"],
    &["russia"],
    &["russian", "federation"],
    &["schweiz"],
    &["scotland"],
    &["slovakia"],
    &["slovenia"],
    &["slovensko"],
    &["south", "africa"],
    &["s", "korea"],
    &["spain"],
    &["spanien"],
    &["suisse"],
    &["suomi"],
    &["sverige"],
    &["svizzera"],
    &["sweden"],
    &["switzerland"],
    &["turkey"],
    &["turkiye"],
    &["u", "k"],
    &["u", "s", "a"],
    &["u", "s"],
    &["uk"],
    &["ukraine"],
    &["united", "kingdom"],
    &["united", "states"],
    &["united", "states", "of", "america"],
    &["usa"],
    &["wales"],
    &["беларусь"],
    &["казахстан"],
    &["россииская", "федерация"],
    &["россия"],
    &["рф"],
    &["украіна"],
    &["ελλαδα"],
];

/// The short form of a plain word, or the word.
pub(super) fn short_form(word: &str) -> &str {
    match SHORT.binary_search_by_key(&word, |(long, _)| long) {
        Ok(at) => SHORT[at].1,
        Err(_) => word,
    }
}

/// The one word for the first words of some, and how many these are.
pub(super) fn short_pair(words: &[&str]) -> Option<(&'static str, usize)> {
    let (pair, short) = PAIRS.iter().find(|(pair, _)| words.starts_with(pair))?;
    Some((short, pair.len()))
}

/// Whether a word says nothing but that a name or number follows.
pub(super) fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word)
}

/// Whether a word says so in front of a number.
pub(super) fn is_numbering(word: &str) -> bool {
    NUMBERING.contains(&word)
}

/// Whether a word says that the number of a flat follows.
pub(super) fn is_flat(word: &str) -> bool {
    FLATS.contains(&word)
}

/// The ending of a word that has a short form, and that form.
pub(super) fn short_ending(word: &str) -> Option<(&str, &'static str)> {
    ENDINGS.iter().find_map(|(long, short)| Some((word.strip_suffix(long).filter(|stem| stem.len() > 2)?, *short)))
}

/// How many words at the end name a country; none if that would leave nothing.
pub(super) fn is_country(words: &[&str]) -> Option<usize> {
    let known = |country: &&&[&str]| country.len() < words.len() && words.ends_with(country);
    COUNTRIES.iter().filter(known).map(|country| country.len()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain_and_sorted() {
        assert!(SHORT.windows(2).all(|two| two[0].0 < two[1].0));
        let plain = |word: &str| {
            let mut out = String::new();
            super::super::fold::push_plain(word, &mut out);
            out
        };
        let countries = COUNTRIES.iter().flat_map(|country| country.iter());
        let lists = FILLERS.iter().chain(FLATS).chain(SHORT.iter().map(|(long, _)| long)).chain(countries);
        lists.for_each(|word| assert_eq!(plain(word), *word));
    }

    #[test]
    fn short_forms_have_no_shorter_ones() {
        for (_, short) in SHORT {
            assert_eq!(short_form(short), *short);
            assert!(!is_filler(short) && !is_numbering(short));
        }
        for (pair, short) in PAIRS {
            assert_eq!(short_form(short), *short);
            assert!(pair.iter().all(|word| !is_filler(word)));
        }
    }
}

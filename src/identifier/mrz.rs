//! The machine-readable zone of travel documents: two lines of 44 characters (TD3, passports), two of 36 (TD2) or three
//! of 30 (TD1, cards).
//!
//! Only what the number needs is read: the document's number with its own check digit, and the state that issued it.
//! The other check digits are left alone: a line whose date of birth was misread still names the right document. Of a
//! passport the second line alone is enough; it names the holder's nationality, which is the issuing state except on
//! the documents of refugees and organisations. The specimens of the standard are issued by Utopia (UTO), and are
//! `Reserved`.
//!
//! Source: ICAO Doc 9303, eighth edition, part 3 (check digits, codes of states), parts 4, 5 and 6 (TD3, TD1, TD2); ISO
//! 3166-1.

use super::{Country, Reason};

/// What a zone says about its document.
pub(super) struct Zone<'a> {
    /// The number, without fillers.
    pub(super) number: Number<'a>,
    /// Whether the check digit of the number passes.
    pub(super) passes: bool,
    /// The issuing state; none for issuers that have no code of two letters.
    pub(super) state: Country,
}

/// A number, and where it is longer than nine characters, the rest of it.
pub(super) struct Number<'a> {
    pub(super) first: &'a [u8],
    pub(super) rest: &'a [u8],
}

/// Characters of three lines, the largest zone.
pub(super) const ZONE_LEN_MAX: usize = 90;
const TD3_LINE: usize = 44;
const TD2_LINE: usize = 36;
const TD1_LINE: usize = 30;
/// A number in its own field.
const NUMBER_LEN: usize = 9;
const FILLER: u8 = b'<';

/// Reads a zone in upper case without line ends.
///
/// Errors: `Syntax` for other documents than passports and identity cards, and for lines without a number; `Reserved`
/// for Utopia.
pub(super) fn read(zone: &[u8]) -> Result<Zone<'_>, Reason> {
    if !zone.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == FILLER) {
        return Err(Reason::Syntax);
    }
    let line = |begin: usize, len: usize| &zone[begin..begin + len];
    let zone = match zone.len() {
        ZONE_LEN_MAX | TD1_LINE => card_of_three_lines(line(0, TD1_LINE))?,
        TD3_LINE => of_number_line(zone, None)?,
        TD2_LINE => of_number_line(zone, None)?,
        len if len == 2 * TD3_LINE => of_number_line(line(TD3_LINE, TD3_LINE), Some(line(0, TD3_LINE)))?,
        len if len == 2 * TD2_LINE => of_number_line(line(TD2_LINE, TD2_LINE), Some(line(0, TD2_LINE)))?,
        _ => return Err(Reason::Syntax),
    };
    Ok(zone)
}

/// The first line of TD1: document, state, number, check digit, and room for the rest of the number.
fn card_of_three_lines(line: &[u8]) -> Result<Zone<'_>, Reason> {
    if !is_identity_document(line) {
        return Err(Reason::Syntax);
    }
    let state = state_of(&line[2..5])?;
    number_of(&line[5..14], line[14], &line[15..], state)
}

/// The second line of TD3 and TD2: number, check digit, nationality, date of birth, sex, date of expiry, and what a
/// state puts behind them. `head` is the first line.
fn of_number_line<'a>(line: &'a [u8], head: Option<&[u8]>) -> Result<Zone<'a>, Reason> {
    let state = match head {
        Some(head) if is_identity_document(head) && !is_french_card(head) => &head[2..5],
        Some(_) => return Err(Reason::Syntax),
        None => &line[10..13],
    };
    let dates = line[13..19].iter().chain(&line[21..27]).all(|b| b.is_ascii_digit() || *b == FILLER);
    if !dates || !matches!(line[20], b'M' | b'F' | b'X' | FILLER) {
        return Err(Reason::Syntax);
    }
    // Only TD2 has room for the rest of a number.
    let room = if line.len() == TD2_LINE { &line[28..35] } else { &[] };
    number_of(&line[..NUMBER_LEN], line[NUMBER_LEN], room, state_of(state)?)
}

/// Whether a first line is one of a passport, or of an identity card; visas begin with V.
fn is_identity_document(line: &[u8]) -> bool {
    matches!(line[0], b'P' | b'I' | b'A' | b'C')
}

/// The cards of France from 1988 to 2021 have two lines of 36 with another layout.
fn is_french_card(head: &[u8]) -> bool {
    head.len() == TD2_LINE && head.starts_with(b"IDFRA")
}

/// A number of more than nine characters has a filler for its check digit; the rest and the check digit stand at the
/// beginning of the room behind (part 5, section 4.2.2.1, note j).
fn number_of<'a>(field: &'a [u8], check: u8, room: &'a [u8], state: Country) -> Result<Zone<'a>, Reason> {
    if check != FILLER {
        let len = field.iter().position(|b| *b == FILLER).unwrap_or(NUMBER_LEN);
        let filled = field[len..].iter().all(|b| *b == FILLER);
        if len == 0 || !filled {
            return Err(Reason::Syntax);
        }
        let passes = check == check_digit(field.iter());
        return Ok(Zone { number: Number { first: &field[..len], rest: &[] }, passes, state });
    }
    let end = room.iter().position(|b| *b == FILLER).unwrap_or(room.len());
    let Some((check, rest)) = room[..end].split_last().filter(|_| !field.contains(&FILLER)) else {
        return Err(Reason::Syntax);
    };
    let passes = *check == check_digit(field.iter().chain(rest));
    Ok(Zone { number: Number { first: field, rest }, passes, state })
}

/// The sum of all characters with the weights 7, 3, 1, modulo ten; letters count from 10, fillers nothing (part 3,
/// section 4.9).
pub(super) fn check_digit<'a>(characters: impl Iterator<Item = &'a u8>) -> u8 {
    let value = |b: &u8| match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        b'A'..=b'Z' => u32::from(b - b'A') + 10,
        _ => 0,
    };
    let sum: u32 = characters.zip([7, 3, 1].into_iter().cycle()).map(|(b, weight)| value(b) * weight).sum();
    b'0' + (sum % 10) as u8
}

/// The state of a code of three letters.
///
/// Errors: `Reserved` for Utopia, `Syntax` for what is no code.
fn state_of(code: &[u8]) -> Result<Country, Reason> {
    match code {
        b"D<<" => Ok(Country::from_code("DE").unwrap_or(Country::NONE)),
        b"UTO" => Err(Reason::Reserved),
        // Stateless persons, refugees, persons of unspecified nationality; the Order of Malta, Interpol, and other
        // organisations.
        b"XXA" | b"XXB" | b"XXC" | b"XXX" | b"XOM" | b"XPO" | b"XBA" | b"XCC" | b"XCE" | b"XCO" | b"XDC" | b"XEC"
        | b"XES" | b"XIM" | b"XMP" => Ok(Country::NONE),
        _ => {
            let rows = STATES.as_bytes().as_chunks::<ROW>().0;
            let row = rows.binary_search_by(|row| row[..3].cmp(code)).map_err(|_| Reason::Syntax)?;
            Country::from_bytes([rows[row][3], rows[row][4]]).ok_or(Reason::Syntax)
        }
    }
}

/// Codes of three letters and of two (ISO 3166-1), with those that only part 3 of Doc 9303 has: European Union, British
/// nationals who are not citizens, Kosovo, the United Nations.
const STATES: &str = "\
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ BDIBI \
    BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT \
    BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU \
    CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET \
    EUEEU FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBDGB GBNGB GBOGB GBPGB GBRGB GBSGB GEOGE GGYGG GHAGH GIBGI \
    GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU \
    IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH \
    KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA \
    MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU \
    MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA \
    PCNPN PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE RKSXK ROURO RUSRU RWARW \
    SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK \
    SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR \
    TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM UNAUN UNKUN UNOUN URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN \
    VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW ";

/// Three letters, two, and a space.
const ROW: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, want: Result<(&str, bool, &str), Reason>) {
        let got = read(zone.as_bytes()).map(|zone| {
            let number = [zone.number.first, zone.number.rest].concat();
            (String::from_utf8(number).unwrap(), zone.passes, zone.state.code().to_owned())
        });
        let want = want.map(|(number, passes, state)| (number.to_owned(), passes, state.to_owned()));
        assert_eq!(got, want, "{zone}");
    }

    #[test]
    fn check_digits_of_the_standard() {
        // Part 3, section 4.9: a date, and a document number.
        assert_eq!(check_digit(b"520727".iter()), b'3');
        assert_eq!(check_digit(b"AB2134<<<".iter()), b'5');
        // Part 4, appendix B: number, birth, expiry, personal number, and all of them.
        assert_eq!(check_digit(b"L898902C3".iter()), b'6');
        assert_eq!(check_digit(b"740812".iter()), b'2');
        assert_eq!(check_digit(b"120415".iter()), b'9');
        assert_eq!(check_digit(b"ZE184226B<<<<<".iter()), b'1');
        assert_eq!(check_digit(b"L898902C3674081221204159ZE184226B<<<<<1".iter()), b'0');
    }

    #[test]
    fn every_state_has_its_code() {
        let states: Vec<&str> = STATES.split_terminator(' ').collect();
        assert_eq!(states.len(), 249 + 10);
        assert!(states.is_sorted_by(|a, b| a < b));
        for state in states {
            assert!(state.len() == 5 && state.bytes().all(|b| b.is_ascii_uppercase()), "{state}");
        }
        let of = |code: &str| state_of(code.as_bytes()).map(|state| state.code().to_owned());
        for (code, want) in
            [("CHN", "CN"), ("D<<", "DE"), ("DEU", "DE"), ("GBN", "GB"), ("USA", "US"), ("XXA", ""), ("RKS", "XK")]
        {
            assert_eq!(of(code).as_deref(), Ok(want), "{code}");
        }
        assert_eq!(of("QQQ"), Err(Reason::Syntax));
        assert_eq!(of("D<"), Err(Reason::Syntax));
        assert_eq!(of("<<<"), Err(Reason::Syntax));
    }

    #[test]
    fn specimens_of_the_standard_are_reserved() {
        let lines = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        check(lines, Err(Reason::Reserved));
        check(&lines[44..], Err(Reason::Reserved));
        let card = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
        check(card, Err(Reason::Reserved));
        check(&card.replace("UTO", "AUT"), Ok(("D23145890", true, "AT")));
        check("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6", Err(Reason::Reserved));
    }

    #[test]
    fn numbers_of_every_layout_are_read() {
        let lines = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        check(&lines.replace("UTO", "SWE"), Ok(("L898902C3", true, "SE")));
        check(&lines[44..].replace("UTO", "D<<"), Ok(("L898902C3", true, "DE")));
        check(&lines.replace("UTO", "SWE").replace("C36", "C37"), Ok(("L898902C3", false, "SE")));
        check(&lines.replace("UTO", "XXA"), Ok(("L898902C3", true, "")));
        // Part 5, section 4.2.2.1: the number D23145890734 with the check digit 9.
        check(
            "I<SWED23145890<7349<<<<<<<<<<<3407127M9507122SWE<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<",
            Ok(("D23145890734", true, "SE")),
        );
        check("I<SWED231458907<<<<<<<<<<<<<<<", Ok(("D23145890", true, "SE")));
        check(
            "I<AUTERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907AUT7408122F1204159<<<<<<<6",
            Ok(("D23145890", true, "AT")),
        );
        check("D231458907AUT7408122F1204159<<<<<<<6", Ok(("D23145890", true, "AT")));
        check("D23145890<AUT3407127M95071227349<<<8", Ok(("D23145890734", true, "AT")));
    }

    #[test]
    fn what_has_no_number_is_refused() {
        let lines = "P<SWEERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36SWE7408122F1204159ZE184226B<<<<<10";
        check(&lines[..44], Err(Reason::Syntax));
        check(&lines.replacen('P', "V", 1), Err(Reason::Syntax));
        check(&lines.replace("7408122F", "74O8122F"), Err(Reason::Syntax));
        check(&lines.replace("2F12", "2Q12"), Err(Reason::Syntax));
        check(&lines.replace("SWE", "QQQ"), Err(Reason::Syntax));
        check(&lines.replace("L898902C3", "<<<<<<<<<"), Err(Reason::Syntax));
        check(&lines.replace("L898902C3", "L89<902C3"), Err(Reason::Syntax));
        check(&lines.to_lowercase(), Err(Reason::Syntax));
        check("IDFRADUPONT<<<<<<<<<<<<<<<<<<<<<<<<<880692310285CORINNE<<<<<<<6512068F6", Err(Reason::Syntax));
        check("I<SWED23145890<<<<<<<<<<<<<<<<", Err(Reason::Syntax));
        check("12345", Err(Reason::Syntax));
    }
}

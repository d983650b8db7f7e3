//! Numbers that are as long as telephone numbers, and count something: orders, products, moments.
//!
//! A column of digits without a name is one of telephone numbers where nearly all of them are assigned. In some countries nearly any
//! number is: Germany has numbers of all lengths, in France nine digits may begin with anything but a zero. What that proves is told
//! by the same digits the other way around: their begin is as good as chance. Where half of those are assigned too, the values say
//! nothing, and the caller is asked. Neither is asked for what says itself what it is: a check digit of products, a day with an hour, a
//! name that ends with what it counts.

use super::lexicon;
use crate::index::class::DataClass;

/// In names of columns whose days say nothing about the age of a record: ends of terms, and days of persons.
const OF_OTHER_DAYS: [&str; 24] = [
    "expir",
    "birth",
    "wedding",
    "anniversar",
    "renewal",
    "deadline",
    "ablauf",
    "gultig",
    "gueltig",
    "verval",
    "geldig",
    "geburt",
    "naiss",
    "nacim",
    "nascim",
    "nascita",
    "caduc",
    "vencim",
    "scaden",
    "срок",
    "действит",
    "рожден",
    "有效",
    "到期",
];
/// ... and as whole words: `validated` and `date_send` are days of the record.
const WORDS_OF_OTHER_DAYS: [&str; 11] =
    ["valid", "validity", "until", "thru", "due", "duedate", "end", "enddate", "expdate", "dob", "renew"];
/// What words begin with, in names of columns whose values of 32 digits are those of a picture, a file or a machine: `profile` and
/// `recovery` hold some of them by chance.
const OF_PICTURES: [&str; 23] = [
    "avatar",
    "photo",
    "picture",
    "image",
    "img",
    "pic",
    "userpic",
    "cover",
    "banner",
    "icon",
    "logo",
    "file",
    "device",
    "hwid",
    "hardware",
    "machine",
    "guid",
    "uuid",
    "gravatar",
    "etag",
    "checksum",
    "fingerprint",
    "thumb",
];

/// Whether the days of a column are none on which its records were made or changed: by its name.
pub(super) fn is_of_other_days(name: &str) -> bool {
    let is_other = |word: &String| WORDS_OF_OTHER_DAYS.contains(&word.as_str());
    let normal = lexicon::normal(name);
    lexicon::words(name).iter().any(is_other) || OF_OTHER_DAYS.iter().any(|part| normal.contains(part))
}

/// Whether a name says that its values are numbers of something, and no moments: a customer number of ten digits could be seconds.
pub(super) fn is_of_numbers(name: &str) -> bool {
    const MOMENTS: [&str; 10] =
        ["time", "timestamp", "ts", "date", "epoch", "время", "дата", "datum", "zeit", "stempel"];
    let last = lexicon::last_word(name);
    is_of_things(name) && !MOMENTS.iter().any(|moment| last.ends_with(moment))
}

/// Whether what looks like hashes of passwords is called by a name of something else.
pub(super) fn is_of_pictures(name: &str, class: Option<DataClass>) -> bool {
    let last = lexicon::last_word(name);
    let is_of_picture = |word: &String| OF_PICTURES.iter().any(|begin| word.starts_with(begin));
    class == Some(DataClass::PASSWORDS)
        && (last == "id" || last == "uid" || lexicon::words(name).iter().any(is_of_picture))
}

/// What stands last in such a name.
const WORDS: [&str; 65] = [
    "id",
    "ids",
    "uid",
    "guid",
    "no",
    "nr",
    "num",
    "number",
    "numero",
    "code",
    "codigo",
    "key",
    "ref",
    "reference",
    "token",
    "salt",
    "time",
    "timestamp",
    "ts",
    "date",
    "amount",
    "price",
    "total",
    "sum",
    "balance",
    "saldo",
    "count",
    "qty",
    "quantity",
    "weight",
    "size",
    "lat",
    "lng",
    "lon",
    "zip",
    "plz",
    "version",
    "ean",
    "sku",
    "upc",
    "gtin",
    "isbn",
    "serial",
    "sn",
    "barcode",
    "rank",
    "score",
    "pence",
    "cents",
    "epoch",
    "meter",
    "receipt",
    "cart",
    "session",
    "tracking",
    "parcel",
    "номер",
    "код",
    "сумма",
    "баланс",
    "время",
    "дата",
    "счет",
    "штрихкод",
    "артикул",
];
/// ... and how it ends where languages write words as one.
const ENDS: [&str; 16] = [
    "nummer", "nr", "kennung", "zeichen", "betrag", "stempel", "datum", "zeit", "zahl", "wert", "korb", "编号", "单号",
    "编码", "番号", "번호",
];
/// Of these a name may be one of telephone numbers in a language that the lexicon does not know.
const OF_TELEPHONES: [&str; 38] = [
    "phon",
    "tel",
    "mob",
    "cel",
    "handy",
    "ruf",
    "call",
    "sms",
    "whats",
    "contact",
    "kontakt",
    "gsm",
    "fon",
    "dial",
    "тел",
    "моб",
    "电话",
    "手机",
    "電話",
    "携帯",
    "전화",
    "휴대",
    "핸드폰",
    "연락",
    "발신",
    "수신",
    "発信",
    "着信",
    "連絡",
    "fax",
    "festnetz",
    "landline",
    "home",
    "work",
    "office",
    "evening",
    "emergency",
    "private",
];
/// ... as whole words, in Turkish, Indonesian and for one messenger.
const WORDS_OF_TELEPHONES: [&str; 3] = ["cep", "hp", "wa"];
/// ... and these hold one of them by chance.
const OTHERS: [&str; 5] = ["telegram", "hotel", "parcel", "cancel", "excel"];

/// Whether a name says that its values count or call something which is no telephone: `case_number`, `Belegnummer`, `telegram_id`.
pub(super) fn is_of_things(name: &str) -> bool {
    let key = name.rsplit('.').next().unwrap_or_default();
    let is_of_telephones = |word: &String| {
        let word = OTHERS.iter().fold(word.clone(), |word, other| word.replace(other, ""));
        OF_TELEPHONES.iter().any(|part| word.contains(part)) || WORDS_OF_TELEPHONES.contains(&word.as_str())
    };
    if lexicon::words(key).iter().any(is_of_telephones) {
        return false;
    }
    let last = lexicon::last_word(key);
    WORDS.contains(&last.as_str()) || ENDS.iter().any(|end| last.len() > end.len() && last.ends_with(end))
}

/// Whether a value is the number of a product: 12 to 14 digits, the last of which is that of GS1.
pub(super) fn is_product(value: &[u8]) -> bool {
    let Some((check, digits)) = value.split_last().filter(|_| (12..=14).contains(&value.len())) else { return false };
    let weighted = digits.iter().rev().enumerate().map(|(place, digit)| {
        let weight = if place % 2 == 0 { 3 } else { 1 };
        weight * u32::from(digit.wrapping_sub(b'0'))
    });
    value.iter().all(u8::is_ascii_digit) && (weighted.sum::<u32>() + u32::from(check - b'0')) % 10 == 0
}

/// Whether digits are a day and an hour: `210709073703`, `20210709073703`.
pub(super) fn is_moment(value: &[u8]) -> bool {
    let digits = match value.len() {
        12 => value,
        14 if value.starts_with(b"19") || value.starts_with(b"20") => &value[2..],
        _ => return false,
    };
    let part = |at: usize| 10 * u32::from(digits[at].wrapping_sub(b'0')) + u32::from(digits[at + 1].wrapping_sub(b'0'));
    digits.iter().all(u8::is_ascii_digit)
        && (1..=12).contains(&part(2))
        && (1..=31).contains(&part(4))
        && part(6) < 24
        && part(8) < 60
        && part(10) < 60
}

/// The digits the other way around, with what stands between them where it stood; none if a zero would come first.
pub(super) fn mirrored(value: &[u8]) -> Option<Vec<u8>> {
    let mut digits = value.iter().rev().filter(|byte| byte.is_ascii_digit());
    let mirrored: Vec<u8> =
        value.iter().map(|byte| if byte.is_ascii_digit() { *digits.next().unwrap_or(byte) } else { *byte }).collect();
    let first = mirrored.iter().find(|byte| byte.is_ascii_digit())?;
    (*first != b'0').then_some(mirrored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_things_are_told_from_names_of_telephones() {
        for name in [
            "case_number",
            "Belegnummer",
            "telegram_id",
            "EAN",
            "balance_pence",
            "zeitstempel",
            "user.tax_ref",
            "订单编号",
            "Vorgangsnummer",
            "Warenkorb",
            "parcel no",
            "chatId",
        ] {
            assert!(is_of_things(name), "{name}");
        }
        for name in [
            "phone_no",
            "cep_no",
            "hp_no",
            "Festnetznummer",
            "home_number",
            "Rufnummer",
            "contact_number_2",
            "kontaktnr",
            "numero movil",
            "x",
            "手机编号",
            "value",
            "anna",
            "",
        ] {
            assert!(!is_of_things(name), "{name}");
        }
    }

    #[test]
    fn names_tell_days_of_others_and_pictures() {
        for name in
            ["PassportExpiry", "valid_until", "APK vervaldatum", "child_dob", "срок_действия", "有效期", "term_end"]
        {
            assert!(is_of_other_days(name), "{name}");
        }
        for name in
            ["created_at", "updated", "last_login", "date", "registered", "validated_at", "date_send", "дата", "时间"]
        {
            assert!(!is_of_other_days(name), "{name}");
        }
        let hashes = Some(DataClass::PASSWORDS);
        for name in ["avatarHash", "HWID", "coverPhoto", "user_id"] {
            assert!(is_of_pictures(name, hashes) && !is_of_pictures(name, None), "{name}");
        }
        for name in ["pw", "secret", "column 3", "h"] {
            assert!(!is_of_pictures(name, hashes), "{name}");
        }
    }

    #[test]
    fn products_and_moments_say_what_they_are() {
        for product in [&b"4006381333931"[..], b"036000291452", b"00012345600012"] {
            assert!(is_product(product));
        }
        assert!(!is_product(b"4006381333932") && !is_product(b"") && !is_product(b"40063813339 1"));
        assert!(is_moment(b"210709073703") && is_moment(b"20210709073703"));
        assert!(!is_moment(b"211309073703") && !is_moment(b"210709243703") && !is_moment(b"30210709073703"));
        assert_eq!(mirrored(b"12-345").as_deref(), Some(&b"54-321"[..]));
        assert_eq!(mirrored(b"120"), None);
    }
}

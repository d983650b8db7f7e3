//! Postal addresses in Han characters: China, Taiwan, Hong Kong, Japan.
//!
//! Canonical: the letters and digits as written, without blanks and punctuation; a hyphen stays between digits. Fold:
//! every character in its one form (see [`super::han`]); without country, province, city and district in front, as far
//! as they are followed by something with a number; numbers of buildings, entrances and rooms by their digits alone
//! (`3号楼2单元501室`, `3栋2单元501`, `3-2-501`), also where they are written in Han (`二单元`). So `安徽省合肥市蜀山区长江西路100号` and
//! `长江西路100号` meet, in whatever city they lie: weak, as the whole kind.
//!
//! Provinces and municipalities are known by name; cities, districts and counties by the character that ends their
//! names.

use super::fold::is_letter;
use super::han::{is_han, one_form};
use super::{Forms, Reason};

/// Shorter texts name a place, not an address.
const LEN_MIN: usize = 4;

/// Whether an address is written in Han characters, not in Hangul.
pub(super) fn is_han_address(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(is_han) && !text.chars().any(|c| matches!(c, '\u{ac00}'..='\u{d7a3}'))
}

/// Writes the address.
///
/// Errors: `Length` for fewer than four characters, `Syntax` without a number.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    push_clean(text, &mut forms.work);
    if forms.work.chars().nth(LEN_MIN - 1).is_none() {
        return Err(Reason::Length);
    }
    if first_number(&forms.work).is_none() {
        return Err(Reason::Syntax);
    }
    forms.exact.extend_from_slice(forms.work.as_bytes());
    if forms.folds {
        write_fold(forms);
    }
    Ok(())
}

/// Appends letters and digits in lower case, and hyphens between digits.
fn push_clean(text: &str, out: &mut String) {
    let mut hyphen = false;
    for c in text.chars() {
        let long = c == 'ー' && out.ends_with(|c: char| c.is_ascii_digit());
        if is_letter(c) && !long {
            if hyphen && c.is_ascii_digit() && out.ends_with(|c: char| c.is_ascii_digit()) {
                out.push('-');
            }
            hyphen = false;
            out.extend(c.to_lowercase());
        } else {
            hyphen |= long || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        }
    }
}

fn write_fold(forms: &mut Forms) {
    let Forms { exact, fold, work, .. } = forms;
    let Ok(address) = std::str::from_utf8(exact) else { return };
    work.clear();
    work.extend(address.chars().map(one_form));
    push_units(without_regions(work), fold);
    if fold == exact {
        fold.clear();
    }
}

/// Countries, provinces and municipalities in simplified characters, the longer first.
const REGIONS: &[&str] = &[
    "中华人民共和国",
    "中国",
    "日本国",
    "日本",
    "内蒙古自治区",
    "广西壮族自治区",
    "西藏自治区",
    "宁夏回族自治区",
    "新疆维吾尔自治区",
    "香港特别行政区",
    "澳门特别行政区",
    "黑龙江",
    "内蒙古",
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
    "广西",
    "西藏",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
];

/// Characters that end the name of a province, city, district, county or prefecture.
const ENDS: &[char] = &['省', '市', '区', '县', '州', '盟', '旗', '都', '道', '府', '郡'];
/// Names of these have at most so many characters.
const NAME_LEN_MAX: usize = 9;

/// An address without the regions in front, as long as what is left has a name and a number.
fn without_regions(address: &str) -> &str {
    let mut rest = address;
    while let Some(shorter) = without_region(rest).filter(|shorter| is_enough(shorter)) {
        rest = shorter;
    }
    rest
}

fn without_region(address: &str) -> Option<&str> {
    if let Some(rest) = REGIONS.iter().find_map(|region| address.strip_prefix(region)) {
        return Some(rest.strip_prefix(['省', '市', '县']).unwrap_or(rest));
    }
    let mut before = '\0';
    for (count, (at, c)) in address.char_indices().enumerate() {
        let named = count >= 2 || (count == 1 && matches!(c, '市' | '县' | '区'));
        if count > NAME_LEN_MAX || c.is_ascii_digit() {
            return None;
        }
        let rest = &address[at + c.len_utf8()..];
        if named && ENDS.contains(&c) && is_end(before, c, rest) {
            return Some(rest);
        }
        before = c;
    }
    None
}

/// Whether a character ends the name of a region, and not that of a quarter (小区), a road (大道) or a market (市场).
fn is_end(before: char, c: char, rest: &str) -> bool {
    match c {
        '区' => !matches!(before, '小' | '社' | '园' | '校' | '库' | '厂' | '院' | '矿' | '片'),
        '道' => before == '海' && rest.contains(['市', '郡']),
        '都' | '府' => rest.contains(['区', '市']),
        '市' if matches!(before, '城' | '都' | '超' | '夜' | '菜' | '书') => false,
        '市' | '州' | '县' | '旗' => !rest.starts_with(['场', '路', '街', '大', '道', '桥', '里', '民']),
        _ => true,
    }
}

/// Whether what is left of an address is one: a number, and at least two characters before it.
fn is_enough(rest: &str) -> bool {
    first_number(rest).is_some_and(|at| at >= 2)
}

/// How many characters stand before the first number.
fn first_number(text: &str) -> Option<usize> {
    let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    text.char_indices()
        .position(|(at, _)| digit(&text[at..]) || matches!(number(&text[at..], false), (Number::Value(_), _)))
}

/// Words behind the numbers of a street, building, entrance, floor and room; the longer first.
const UNITS: &[&str] = &[
    "号楼", "号院", "号室", "单元", "丁目", "番地", "号", "栋", "幢", "座", "楼", "层", "室", "户", "弄", "巷", "段",
    "番", "房", "之",
];

/// Appends an address with a hyphen for what stands between two of its numbers.
fn push_units(address: &str, out: &mut Vec<u8>) {
    let mut rest = address;
    let mut pending = false;
    while let Some(c) = rest.chars().next() {
        let (number, behind) = number(rest, pending);
        if number.is_none() {
            let mut utf8 = [0; 4];
            out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
            (rest, pending) = (&rest[c.len_utf8()..], false);
            continue;
        }
        if pending {
            out.push(b'-');
        }
        number.push(out);
        rest = without_units(behind);
        pending = rest.len() < behind.len();
    }
}

fn without_units(text: &str) -> &str {
    let mut rest = text;
    while let Some(shorter) = UNITS.iter().find_map(|unit| rest.strip_prefix(unit)) {
        rest = shorter;
    }
    rest
}

/// A number of an address.
enum Number<'a> {
    /// None starts here.
    None,
    /// In ASCII digits and letters.
    Written(&'a str),
    /// In Han numerals.
    Value(u32),
}

impl Number<'_> {
    fn is_none(&self) -> bool {
        matches!(self, Number::None)
    }

    fn push(&self, out: &mut Vec<u8>) {
        match self {
            Number::None => {}
            Number::Written(text) => out.extend_from_slice(text.as_bytes()),
            Number::Value(value) => {
                let tens = (value / 10) as u8;
                if tens > 0 {
                    out.push(b'0' + tens);
                }
                out.push(b'0' + (value % 10) as u8);
            }
        }
    }
}

/// Splits off a number: ASCII digits and letters, or up to 99 in Han numerals with a unit behind them, or before them
/// and nothing behind.
fn number(text: &str, behind_unit: bool) -> (Number<'_>, &str) {
    let written = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    if written > 0 {
        return (Number::Written(&text[..written]), &text[written..]);
    }
    let (mut value, mut rest) = (0, text);
    while let Some((c, digit)) = rest.chars().next().and_then(|c| Some((c, numeral(c)?))) {
        value = match (value, digit) {
            (0, digit) => digit,
            (tens, 10) if tens < 10 => tens * 10,
            (tens, digit) if tens >= 10 && tens % 10 == 0 && digit < 10 => tens + digit,
            _ => return (Number::None, text),
        };
        rest = &rest[c.len_utf8()..];
    }
    let marked = without_units(rest).len() < rest.len() || (behind_unit && rest.is_empty());
    if value > 0 && marked { (Number::Value(value), rest) } else { (Number::None, text) }
}

fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '一' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_come_off() {
        for (address, want) in [
            ("安徽省合肥市蜀山区长江西路100号", "长江西路100号"),
            ("北京市朝阳区建国路88号", "建国路88号"),
            ("上海浦东新区世纪大道100号", "世纪大道100号"),
            ("广东深圳市南山区科技园路1号", "科技园路1号"),
            ("台北市大安区和平东路2段1号", "和平东路2段1号"),
            ("内蒙古自治区呼和浩特市新城区1号院", "新城区1号院"),
            ("阳光小区3栋", "阳光小区3栋"),
            ("市场路12号", "市场路12号"),
            ("城市花园5号", "城市花园5号"),
            ("东京都千代田区丸之内1丁目", "丸之内1丁目"),
            ("北海道札幌市中央区北1条西2", "中央区北1条西2"),
            ("北京路12号", "北京路12号"),
        ] {
            assert_eq!(without_regions(address), want, "{address}");
        }
    }

    #[test]
    fn numbers_keep_their_digits_alone() {
        let check = |address: &str, want: &str| {
            let mut out = Vec::new();
            push_units(address, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), want, "{address}");
        };
        for address in ["建设路10号3号楼2单元501室", "建设路10号3栋2单元501", "建设路10号三栋二单元501室"]
        {
            check(address, "建设路10-3-2-501");
        }
        check("中山路二段十二号五楼之一", "中山路2-12-5-1");
        check("a座1201室", "a-1201");
        check("三里屯路19号院", "三里屯路19");
        check("丸之内1-2-3", "丸之内1-2-3");
    }
}

//! Tests of texts with several older encodings.

use super::*;

/// More invented names and places, none of which the lists above have: what a merged file is measured with.
const OTHERS: [(&[&str], &Encoding); 8] = [
    (
        &[
            "郑文博",
            "孟祥宇",
            "钱丽",
            "沈浩然",
            "陆雨桐",
            "蒋欣",
            "白玉兰",
            "贾宏达",
            "杭州市西湖区文三路",
            "成都市武侯区",
            "汪洋",
            "邹敏",
            "石磊",
            "郝爱民",
            "广东省深圳市南山区科技园",
            "哈尔滨市道里区",
            "魏晨曦",
            "万家宝",
            "洪涛",
            "江小白",
            "尹秀珍",
            "武汉市洪山区珞喻路",
            "丁一",
        ],
        GB18030,
    ),
    (
        &[
            "吳宗翰",
            "蔡佩珊",
            "許文龍",
            "鄭雅文",
            "謝東霖",
            "郭靜宜",
            "邱郁婷",
            "曾志豪",
            "廖麗華",
            "臺中市西屯區文心路",
            "新竹市東區光復路",
            "桃園市中壢區",
            "賴冠宇",
            "周杰",
            "葉欣怡",
            "蘇建民",
            "莊玉珍",
            "呂思賢",
            "江美惠",
            "臺南市永康區中正路",
        ],
        BIG5,
    ),
    (
        &[
            "山本 太郎",
            "中村 ゆかり",
            "小林 誠",
            "加藤 美穂",
            "吉田 大輔",
            "山田 花子",
            "横浜市西区みなとみらい",
            "名古屋市中区栄",
            "福岡県福岡市博多区",
            "松本 翔太",
            "井上 恵",
            "木村 拓也",
            "清水 あゆみ",
            "札幌市北区北二十四条",
            "ｽｽﾞｷ ｲﾁﾛｳ",
            "渡辺 舞",
        ],
        SHIFT_JIS,
    ),
    (
        &[
            "최지우",
            "강동원",
            "조현우",
            "윤아름",
            "장미란",
            "임재범",
            "한소희",
            "오세훈",
            "신민아",
            "권상우",
            "대전광역시 유성구",
            "인천광역시 연수구 송도동",
            "경기도 성남시 분당구",
            "황정음",
            "안성기",
            "송혜교",
            "전라북도 전주시",
            "류승룡",
        ],
        EUC_KR,
    ),
    (
        &[
            "Дмитрий Соколов",
            "Елена Попова",
            "Козлова Татьяна",
            "Морозов Игорь",
            "Екатеринбург",
            "проспект Мира",
            "Волков",
            "Наталья Лебедева",
            "Казань",
            "Алексей Новиков",
            "Фёдоров Пётр",
            "набережная Фонтанки",
            "Юлия",
            "Жуков",
            "Тюмень",
        ],
        WINDOWS_1251,
    ),
    (
        &[
            "Семёнова Анна",
            "Егор Павлов",
            "Голубев",
            "Виноградова Ольга",
            "Богданов",
            "Воробьёв Илья",
            "Самара",
            "улица Гагарина",
            "Челябинск",
            "Беляева",
            "Тарасов Максим",
            "Омск",
            "Комарова Вера",
            "Орлов",
            "Ростов-на-Дону",
        ],
        KOI8_R,
    ),
    (
        &[
            "Jiří Dvořák",
            "Petra Šimková",
            "Růžena Horáčková",
            "Děčín",
            "Grażyna Wiśniewska",
            "Łukasz Dąbrowski",
            "Gdańsk",
            "Szabó Erzsébet",
            "Petőfi Sándor utca",
            "Vukašin Đorđević",
            "Čakovec",
            "Žilina",
            "Plzeň",
            "Zdeněk Němec",
            "Nagy Győző",
            "Świętokrzyska",
        ],
        WINDOWS_1250,
    ),
    (
        &[
            "François Lefèvre",
            "Hélène Béranger",
            "Muñoz Ibáñez",
            "Begoña Núñez",
            "João Guimarães",
            "Conceição",
            "Håkan Sjöström",
            "Malmö",
            "Jørgen Sørensen",
            "Bjørn Næss",
            "Göttingen",
            "Weißenburger Straße",
            "Jürgen Schäfer",
            "Besançon",
            "La Coruña",
            "Århus",
        ],
        WINDOWS_1252,
    ),
];

/// A file of rows with one name or place, in groups of this many lines of one origin, in these encodings, of which the last may be
/// UTF-8; how many of 1,000 rows beyond ASCII come out wrong.
fn mistaken(parts: &[(usize, &'static Encoding)], group: usize, seed: u64) -> f64 {
    let (mut seeded, mut bytes, mut want) = (Seeded(seed), Vec::new(), Vec::new());
    let mut part = parts[0];
    for number in 0..4000 {
        if number % group == 0 {
            part = parts[seeded.below(parts.len())];
        }
        let name = seeded.pick(OTHERS[part.0].0);
        let row = format!("{number},{name},user{number}@example.com\n");
        bytes.extend(encode(&row, part.1));
        want.push(row);
    }
    let decision = decided(&bytes);
    let out = decode_whole(&bytes, &decision);
    let text = std::str::from_utf8(&out).unwrap();
    let rows: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(rows.len(), want.len(), "a line end was swallowed");
    // Whatever a name becomes, what stands beside it is what it was.
    let ascii = |row: &str| {
        row.split(',').enumerate().filter(|(at, _)| *at != 1).map(|(_, field)| field.to_owned()).collect::<Vec<_>>()
    };
    assert!(rows.iter().zip(&want).all(|(got, want)| ascii(got) == ascii(want)));
    rows.iter().zip(&want).filter(|(got, want)| **got != want.as_str()).count() as f64 / 4.0
}

/// What is mistaken of 1,000 rows at most, of these two encodings and in lines, short and long groups of one origin: the table of
/// the module says what was measured.
fn limits(first: &'static Encoding, second: &'static Encoding) -> [f64; 3] {
    let has = |encoding| first == encoding || second == encoding;
    match () {
        () if has(WINDOWS_1250) && has(WINDOWS_1252) => [50.0, 14.0, 4.0],
        // Katakana of half the width are as good Polish, and as good Chinese.
        () if has(SHIFT_JIS) && has(WINDOWS_1250) => [40.0, 12.0, 2.0],
        () if has(SHIFT_JIS) => [25.0, 6.0, 2.0],
        () if has(WINDOWS_1250) || has(WINDOWS_1252) => [20.0, 5.0, 2.0],
        () => [2.0, 2.0, 2.0],
    }
}

#[test]
fn two_older_encodings_are_told_apart_beside_utf8_and_without() {
    let pairs = (0..OTHERS.len()).flat_map(|first| (first + 1..OTHERS.len()).map(move |second| (first, second)));
    for (first, second) in pairs {
        let pair = [(first, OTHERS[first].1), (second, OTHERS[second].1)];
        let with_utf8 = [pair[0], pair[1], (first, encoding_rs::UTF_8)];
        for (group, limit) in [1, 4, 50].into_iter().zip(limits(pair[0].1, pair[1].1)) {
            for parts in [&pair[..], &with_utf8] {
                let mistaken = mistaken(parts, group, 11);
                let names: Vec<&str> = parts.iter().map(|part| part.1.name()).collect();
                assert!(mistaken <= limit, "{names:?} in groups of {group}: {mistaken} of 1,000");
            }
        }
    }
}

#[test]
fn all_eight_in_one_file() {
    let all: Vec<_> = OTHERS.iter().enumerate().map(|(number, (_, encoding))| (number, *encoding)).collect();
    for (group, limit) in [(1, 12.0), (4, 6.0), (50, 4.0)] {
        let mistaken = mistaken(&all, group, 12);
        assert!(mistaken <= limit, "groups of {group}: {mistaken} of 1,000");
    }
}

#[test]
fn fields_of_two_older_encodings_in_one_line_are_told_apart() {
    let (mut seeded, mut bytes, mut want) = (Seeded(13), Vec::new(), String::new());
    for _ in 0..1000 {
        let [name, place] = [(0, GB18030), (4, WINDOWS_1251)].map(|(part, encoding)| {
            let text = seeded.pick(OTHERS[part].0);
            (text, encode(text, encoding))
        });
        bytes.extend([name.1, b"\tx@example.org\t".to_vec(), place.1, b"\n".to_vec()].concat());
        want.push_str(&format!("{}\tx@example.org\t{}\n", name.0, place.0));
    }
    let decision = decided(&bytes);
    let out = decode_whole(&bytes, &decision);
    let differing = differing(std::str::from_utf8(&out).unwrap(), &want);
    assert!(differing.len() <= 10, "{} rows: {:?}", differing.len(), differing.first());
}

/// A second encoding that begins behind the sample costs the first lines at most.
#[test]
fn an_encoding_that_nobody_expects_is_seen() {
    for (number, (names, encoding)) in OTHERS.into_iter().enumerate() {
        let (before, after) = if number == 0 { (1, BIG5) } else { (0, GB18030) };
        let mut mix = Mix::new(after, 0, 1000);
        mix.origins = Some(Origins::one(legacy::number_of(after).unwrap()));
        let (mut seeded, mut bytes, mut want) = (Seeded(14), Vec::new(), String::new());
        for (words, encoding) in [(OTHERS[before].0, after), (names, encoding), (OTHERS[before].0, after)] {
            for _ in 0..1000 {
                let row = row(&mut seeded, words);
                bytes.extend(encode(&row, encoding));
                want.push_str(&row);
            }
        }
        let (out, ..) = in_portions(mix, &bytes, 1 << 16);
        let differing = differing(std::str::from_utf8(&out).unwrap(), &want);
        assert!(differing.len() <= 12, "{}: {} rows: {:?}", encoding.name(), differing.len(), differing.first());
    }
}

//! What happens to dumps on their way: encodings, line ends, broken places.

use super::generate::{Dump, Shape};

/// A damage: whether it can happen to a shape, how a dump has it, and how many records it may cost.
pub struct Damage {
    pub name: &'static str,
    pub suits: fn(&Shape) -> bool,
    pub make: fn(&Shape, usize) -> Dump,
    pub cost: fn(&Shape) -> usize,
}

/// Chinese and Cyrillic names, long enough to tell an encoding by.
const HAN: [&str; 6] = [
    "\u{6b27}\u{9633}\u{5a1c}\u{5a1c}",
    "\u{53f8}\u{9a6c}\u{76f8}\u{5982}",
    "\u{738b}\u{5efa}\u{56fd}",
    "\u{674e}\u{79c0}\u{82f1}",
    "\u{5f20}\u{6653}\u{660e}",
    "\u{8bf8}\u{845b}\u{5b54}\u{660e}",
];
const CYRILLIC: [&str; 4] = [
    "\u{418}\u{432}\u{430}\u{43d}\u{43e}\u{432} \u{41f}\u{451}\u{442}\u{440}",
    "\u{421}\u{43c}\u{438}\u{440}\u{43d}\u{43e}\u{432}\u{430} \u{41e}\u{43b}\u{44c}\u{433}\u{430}",
    "\u{41a}\u{443}\u{437}\u{43d}\u{435}\u{446}\u{43e}\u{432} \u{421}\u{435}\u{440}\u{433}\u{435}\u{439}",
    "\u{41f}\u{43e}\u{43f}\u{43e}\u{432}\u{430} \u{415}\u{43b}\u{435}\u{43d}\u{430}",
];

/// A dump of so many records, each changed on its way into bytes.
fn dump(
    shape: &Shape,
    records: usize,
    name: fn(usize) -> &'static str,
    bytes: impl Fn(usize, String) -> Vec<u8>,
) -> Dump {
    let mut all = bytes(usize::MAX, shape.head.to_string());
    for n in 0..records {
        let between = if n > 0 { shape.between } else { "" };
        let text = format!("{between}{}", (shape.record)(n, name(n)));
        all.extend(bytes(n, text));
    }
    all.extend(bytes(usize::MAX, shape.tail.to_string()));
    Dump { bytes: all, truth: records }
}

fn latin(n: usize) -> &'static str {
    ["Anna Li", "Bert", "Clara Wang"][n % 3]
}

fn han(n: usize) -> &'static str {
    HAN[n % HAN.len()]
}

fn cyrillic(n: usize) -> &'static str {
    CYRILLIC[n % CYRILLIC.len()]
}

fn plain(_: usize, text: String) -> Vec<u8> {
    text.into_bytes()
}

fn encoded(encoding: &'static encoding_rs::Encoding) -> impl Fn(usize, String) -> Vec<u8> {
    move |_, text| encoding.encode(&text).0.into_owned()
}

fn utf16(shape: &Shape, records: usize, mark: bool) -> Dump {
    let mut dump = dump(shape, records, han, |_, text| text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    if mark {
        dump.bytes.splice(0..0, [0xff, 0xfe]);
    }
    dump
}

/// The text with line ends of its own for every line.
fn with_ends(shape: &Shape, records: usize, end: fn(usize) -> &'static str) -> Dump {
    let Dump { bytes, truth } = dump(shape, records, latin, plain);
    let text = String::from_utf8(bytes).expect("text");
    let lines = text.split_inclusive('\n').enumerate();
    let changed =
        lines.map(|(n, line)| line.strip_suffix('\n').map_or(line.to_string(), |line| format!("{line}{}", end(n))));
    Dump { bytes: changed.collect::<String>().into_bytes(), truth }
}

fn any(_: &Shape) -> bool {
    true
}

fn nothing(_: &Shape) -> usize {
    0
}

pub const DAMAGES: [Damage; 16] = [
    Damage { name: "none", suits: any, make: |shape, n| dump(shape, n, latin, plain), cost: nothing },
    Damage {
        name: "names in UTF-8",
        suits: |shape| shape.traits.names,
        make: |shape, n| dump(shape, n, han, plain),
        cost: nothing,
    },
    Damage {
        name: "GB18030",
        suits: |shape| shape.traits.names,
        make: |shape, n| dump(shape, n, han, encoded(encoding_rs::GB18030)),
        cost: nothing,
    },
    Damage {
        name: "Windows-1251",
        suits: |shape| shape.traits.names,
        make: |shape, n| dump(shape, n, cyrillic, encoded(encoding_rs::WINDOWS_1251)),
        cost: nothing,
    },
    Damage {
        name: "UTF-8 and GB18030 by turns",
        suits: |shape| shape.traits.names,
        make: |shape, n| {
            dump(
                shape,
                n,
                han,
                |n, text| if n % 2 == 0 { text.into_bytes() } else { encoded(encoding_rs::GB18030)(n, text) },
            )
        },
        cost: nothing,
    },
    Damage { name: "UTF-16 with mark", suits: any, make: |shape, n| utf16(shape, n, true), cost: nothing },
    Damage { name: "UTF-16 without mark", suits: any, make: |shape, n| utf16(shape, n, false), cost: nothing },
    Damage {
        name: "NUL bytes",
        suits: |shape| shape.traits.names,
        make: |shape, n| {
            dump(shape, n, latin, |_, text| text.replace("Li", "L\0i").replace("Bert", "\0Bert\0").into_bytes())
        },
        cost: nothing,
    },
    Damage { name: "CRLF", suits: any, make: |shape, n| with_ends(shape, n, |_| "\r\n"), cost: nothing },
    Damage { name: "lone CR", suits: any, make: |shape, n| with_ends(shape, n, |_| "\r"), cost: nothing },
    Damage {
        name: "mixed line ends",
        suits: any,
        make: |shape, n| with_ends(shape, n, |n| ["\n", "\r\n", "\r"][n % 3]),
        cost: nothing,
    },
    Damage {
        name: "a line of 2 MB",
        suits: |shape| shape.traits.lines,
        make: |shape, n| {
            let long = "x".repeat(2_000_000);
            dump(shape, n, latin, |n, text| if n == 100 { format!("{text}{long}\n") } else { text }.into_bytes())
        },
        cost: nothing,
    },
    Damage {
        name: "a stray quote",
        suits: |shape| shape.traits.quote.is_some(),
        make: |shape, n| {
            let quote = shape.traits.quote.unwrap_or_default();
            // At the begin of a field it opens one.
            let stray = format!("{quote}Bert");
            dump(shape, n, latin, |n, text| if n == 100 { text.replacen("Bert", &stray, 1) } else { text }.into_bytes())
        },
        cost: |_| 2,
    },
    Damage {
        name: "truncation",
        suits: any,
        make: |shape, n| {
            let Dump { mut bytes, truth } = dump(shape, n, latin, plain);
            let last = (shape.record)(n - 1, latin(n - 1)).len() + shape.tail.len();
            bytes.truncate(bytes.len() - last / 2 - 1);
            Dump { bytes, truth }
        },
        cost: |_| 1,
    },
    Damage {
        name: "a banner",
        suits: |shape| shape.traits.banner,
        make: |shape, n| {
            let Dump { bytes, truth } = dump(shape, n, latin, plain);
            let banner = "*** fresh ***\n\n  join us\n=====\n** enjoy **\n";
            Dump { bytes: [banner.as_bytes(), &bytes].concat(), truth }
        },
        cost: nothing,
    },
    Damage {
        name: "garbage at the end",
        suits: any,
        make: |shape, n| {
            let Dump { mut bytes, truth } = dump(shape, n, latin, plain);
            bytes.extend_from_slice(b"\n\n%%EOF#\xff\xfe\x80\n");
            Dump { bytes, truth }
        },
        cost: nothing,
    },
];

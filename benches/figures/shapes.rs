//! How fast texts of every shape become records, before any rule of a kind: megabytes of text per CPU second. Cutting into blocks
//! is what one thread does for all, splitting what every worker does.
//!
//! The first row is the bound of all lists: their lines, found by `memchr`, and nothing done with them.

use crate::Outcome;
use crate::data::push_address;
use crate::desk::Desk;
use crate::table::{Goal, measure, median, row};
use leakdex::source::{Block, Columns, Options, Outcome as Step, Progress, Record, Source, Splitter};
use std::io::{Cursor, Write};
use std::sync::Arc;

/// The first rounds warm up; the median of the others counts.
const ROUNDS: usize = 3;

/// A shape: its name, how record number `n` is written, what stands before the first and behind each but the last, and the
/// megabytes per second of splitting that are the goal.
struct Text {
    name: &'static str,
    head: &'static str,
    between: &'static str,
    tail: &'static str,
    write: fn(u64, &str, &mut Vec<u8>) -> std::io::Result<()>,
    goal: Goal,
}

const TEXTS: [Text; 9] = [
    Text {
        name: "combolist",
        head: "",
        between: "",
        tail: "",
        write: |n, mail, out| writeln!(out, "{mail}:pw{:x}!", n.wrapping_mul(0x9e37_79b9)),
        goal: Goal::Rate(1000.0),
    },
    Text {
        name: "list of sites",
        head: "",
        between: "",
        tail: "",
        write: |n, mail, out| writeln!(out, "https://shop{}.example:8443/login?x={n}:{mail}:pw{n:x}!", n % 97),
        goal: Goal::Rate(700.0),
    },
    Text {
        name: "mysqldump, 10 columns",
        head: "-- MySQL dump 10.13\nCREATE TABLE `u` (`id` int,`name` text,`email` text,`hash` text,`ip` text,`t` text,`x` text,`y` int,\
            `z` int,`note` text);\nINSERT INTO `u` VALUES ",
        between: ",",
        tail: ";\n",
        write: |n, mail, out| {
            write!(
                out,
                "({n},'user{n}','{mail}','5f4dcc3b5aa765d61d8327deb882cf99','10.1.2.{}','2020-01-01 00:00:00',NULL,1,0,\
                 'it\\'s a note')",
                n % 256
            )
        },
        goal: Goal::Rate(1000.0),
    },
    Text {
        name: "CSV, 8 columns, half of the rows quoted",
        head: "id,email,name,street,city,phone,dob,note\n",
        between: "",
        tail: "",
        write: |n, mail, out| {
            let quote = if n % 2 == 0 { "\"" } else { "" };
            writeln!(
                out,
                "{n},{mail},{quote}Anna Li{quote},{quote}Main Street {n}{quote},Springfield,+4955112{:05},1980-01-02,{quote}a note{quote}",
                n % 100_000
            )
        },
        goal: Goal::Rate(600.0),
    },
    Text {
        name: "JSON Lines, 3 paths of 8",
        head: "",
        between: "",
        tail: "",
        write: |n, mail, out| {
            writeln!(
                out,
                "{{\"id\":{n},\"email\":\"{mail}\",\"name\":\"Anna Li\",\"profile\":{{\"city\":\"Springfield\",\"phone\":\"+4955112{:05}\",\
                 \"tags\":[\"a\",\"b\"]}},\"created\":\"2020-01-01T00:00:00Z\",\"active\":true}}",
                n % 100_000
            )
        },
        goal: Goal::Rate(400.0),
    },
    Text {
        name: "JSON array on one line",
        head: "[",
        between: ",",
        tail: "]",
        write: |n, mail, out| {
            write!(
                out,
                "{{\"id\":{n},\"email\":\"{mail}\",\"name\":\"Anna Li\",\"city\":\"Springfield\",\"active\":true}}"
            )
        },
        goal: Goal::None,
    },
    Text {
        name: "JSON array of arrays",
        head: "{\"draw\":1,\"data\":[",
        between: ",",
        tail: "]}",
        write: |n, mail, out| {
            write!(out, "[\"{n}\",\"{mail}\",\"Anna Li\",\"Springfield\",\"+4955112{:05}\",null]", n % 100_000)
        },
        goal: Goal::None,
    },
    Text {
        name: "CSV in apostrophes",
        head: "id,email,name,city,phone,note\n",
        between: "",
        tail: "",
        write: |n, mail, out| {
            writeln!(out, "'{n}','{mail}','Anna O''Li','Springfield','+4955112{:05}',NULL", n % 100_000)
        },
        goal: Goal::None,
    },
    Text {
        name: "blocks of a stealer log",
        head: "",
        between: "",
        tail: "",
        write: |n, mail, out| {
            write!(
                out,
                "URL: https://shop{}.example/login\nUsername: {mail}\nPassword: pw{n:x}\nApplication: Chrome\n\n",
                n % 97
            )
        },
        goal: Goal::None,
    },
];

pub fn run(_: &Desk, scale: f64) -> Outcome<()> {
    let bytes = (200e6 * scale) as usize;
    bound(bytes)?;
    for text in &TEXTS {
        let (content, records) = generate(text, bytes)?;
        let (mut cuts, mut splits) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let options = Options::default();
            let source = Source::from_reader("text", Box::new(Cursor::new(content.clone())), &options)?;
            let (shape, columns) = (source.description().shape, source.sample().columns.clone());
            let columns = if shape.names_columns() { Columns::paths(&columns) } else { Columns::positions() };
            let header = usize::from(text.head.starts_with("id,"));
            let (blocks, cut) = measure(|| read(source, header));
            let blocks = blocks?;
            let (found, split) = measure(|| split(&blocks, Splitter::new(shape, &columns, &options)));
            assert_eq!(found, records, "{}, {shape}", text.name);
            cuts.push(cut);
            splits.push(split);
        }
        let bytes = content.len() as u64;
        row(&format!("{} (bytes), read and cut", text.name), bytes, median(cuts), Goal::None);
        row(&format!("{} (bytes), split", text.name), bytes, median(splits), text.goal);
    }
    Ok(())
}

/// How fast lines are found that nobody looks into.
fn bound(bytes: usize) -> Outcome<()> {
    let (content, records) = generate(&TEXTS[0], bytes)?;
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let (found, cost) = measure(|| lines(&content));
        assert_eq!(found, (records, content.len() as u64 - records), "lines and the bytes in them");
        costs.push(cost);
    }
    row(&format!("lines of a {}, by memchr (bytes)", TEXTS[0].name), content.len() as u64, median(costs), Goal::None);
    Ok(())
}

/// The lines of a text, and the bytes in them.
fn lines(mut rest: &[u8]) -> (u64, u64) {
    let (mut lines, mut bytes) = (0, 0);
    while let Some(end) = memchr::memchr(b'\n', rest) {
        (lines, bytes) = (lines + 1, bytes + end as u64);
        rest = &rest[end + 1..];
    }
    (lines, bytes)
}

fn generate(text: &Text, bytes: usize) -> Outcome<(Vec<u8>, u64)> {
    let (mut content, mut records, mut mail) = (text.head.as_bytes().to_vec(), 0, Vec::new());
    while content.len() < bytes || records == 0 {
        if records > 0 {
            content.extend_from_slice(text.between.as_bytes());
        }
        mail.clear();
        push_address(records, &mut mail);
        (text.write)(records, std::str::from_utf8(&mail)?, &mut content)?;
        records += 1;
    }
    content.extend_from_slice(text.tail.as_bytes());
    Ok((content, records))
}

/// All blocks of a source.
fn read(source: Source, header: usize) -> Outcome<Vec<Block>> {
    let (mut blocks, mut all) = (source.into_blocks(header, Arc::new(Progress::new())), Vec::new());
    loop {
        let mut block = Block::default();
        if !blocks.next_block(&mut block)? {
            return Ok(all);
        }
        all.push(block);
    }
}

/// The records with at least one field in some blocks.
fn split(blocks: &[Block], mut splitter: Splitter) -> u64 {
    let (mut record, mut records) = (Record::new(), 0);
    for block in blocks {
        splitter.begin(block);
        let mut at = 0;
        while let Some(step) = splitter.next(&block.bytes, &mut at, &mut record) {
            records += u64::from(step == Step::Record && !record.is_empty());
        }
    }
    records
}

//! Generated lists: distinct e-mail addresses of nobody, the same in every run.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Names that addresses begin with; nobody's, since eight random characters follow.
const NAMES: [&str; 16] = [
    "anna", "ben", "carla", "dmitri", "elena", "farid", "greta", "hiro", "ines", "jonas", "kaya", "liu", "maria",
    "noor", "oscar", "priya",
];
const SEPARATORS: [&str; 4] = [".", ".", "_", ""];
/// One in five at a provider that ignores dots, so that one address in ten has a folded form of its own.
const DOMAINS: [&str; 5] = ["gmail.com", "mail.example", "post.example.org", "web.example", "corp.example.net"];
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Addresses have numbers below 2^40: eight letters of five bits.
const NUMBER_BITS: u32 = 40;

/// Well mixed bits (the finaliser of SplitMix64).
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The address of a number: about 26 bytes, another one for every number below 2^40.
pub fn push_address(number: u64, line: &mut Vec<u8>) {
    let mask = (1 << NUMBER_BITS) - 1;
    let bits = mix(number);
    line.extend_from_slice(NAMES[(bits % 16) as usize].as_bytes());
    line.extend_from_slice(SEPARATORS[(bits >> 4 & 3) as usize].as_bytes());
    // A bijection of 40 bits, so that neighbours in a file are not neighbours in the alphabet.
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4b) & mask;
    let scattered = (scattered ^ (scattered >> 19)).wrapping_mul(0xd6e8_feb8_6659) & mask;
    line.extend((0..8).map(|letter| LETTERS[(scattered >> (5 * letter) & 31) as usize]));
    line.push(b'@');
    line.extend_from_slice(DOMAINS[(bits >> 8) as usize % 5].as_bytes());
}

/// The numbers of a list of `rows` rows, of which one in `every` is in a dump of the numbers below `dumped`.
///
/// Output: no number twice; those that are present stand in no order of the dump.
pub fn list_numbers(rows: u64, every: u64, dumped: u64) -> impl Iterator<Item = u64> {
    // A prime that does not divide the sizes used here walks through the dump without meeting a number twice.
    const STRIDE: u64 = 7_368_787;
    (0..rows).map(move |row| if row % every == 0 { (row / every).wrapping_mul(STRIDE) % dumped } else { dumped + row })
}

/// The form of the lines of a file.
#[derive(Clone, Copy)]
pub enum Form {
    /// An address a line.
    List,
    /// The same, with the header `email`.
    Csv,
    /// An address and a password.
    Combolist,
    /// Eight columns, of which one is an address.
    Table,
}

impl Form {
    fn header(self) -> &'static [u8] {
        match self {
            Form::List => b"",
            Form::Csv => b"email\n",
            Form::Combolist => b"email;password\n",
            Form::Table => b"id,email,first_name,last_name,city,created,plan,notes\n",
        }
    }

    fn push_line(self, number: u64, line: &mut Vec<u8>) {
        let bits = mix(number ^ 0x5555);
        match self {
            Form::List | Form::Csv => push_address(number, line),
            Form::Combolist => {
                push_address(number, line);
                line.push(b';');
                line.extend((0..10).map(|letter| LETTERS[(bits >> (5 * letter) & 31) as usize]));
            }
            Form::Table => {
                push_number(number, line);
                line.push(b',');
                push_address(number, line);
                let first = NAMES[(bits & 15) as usize];
                let last = NAMES[(bits >> 4 & 15) as usize];
                for cell in [first, last, "Springfield", "2021-03-04", "basic", "\"called twice, no answer\""] {
                    line.push(b',');
                    line.extend_from_slice(cell.as_bytes());
                }
            }
        }
        line.push(b'\n');
    }
}

fn push_number(mut number: u64, line: &mut Vec<u8>) {
    let begin = line.len();
    loop {
        line.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    line[begin..].reverse();
}

/// Writes a file of these numbers, unless it is there.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, form: Form, numbers: impl Iterator<Item = u64>) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let unfinished = path.with_extension("unfinished");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
    out.write_all(form.header())?;
    let mut line = Vec::new();
    for number in numbers {
        line.clear();
        form.push_line(number, &mut line);
        out.write_all(&line)?;
    }
    out.flush()?;
    std::fs::rename(unfinished, path)
}

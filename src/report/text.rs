//! Numbers and tables as people read them.

pub use crate::query::count;
use crate::source::is_steering;
use std::io::{self, Write};
use std::path::Path;

/// A number and its word: `1 breach`, `2,881 breaches`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// What a digest costs on the disk in bits: `57.2`, and without a decimal where a small file has little in it.
pub fn bits(bytes: u64, digests: u64) -> String {
    let bits = bytes as f64 * 8.0 / digests.max(1) as f64;
    if bits < 1000.0 { format!("{bits:.1}") } else { count(bits.round() as u64) }
}

/// A share with one decimal: `12.3 %`.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".into() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

/// A number of bytes in the unit that leaves one to four digits: `1.5 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Text that is safe on a terminal: control and direction characters are escaped.
pub fn escaped(text: &str) -> String {
    text.chars().map(|c| if is_steering(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// The name of a file without the place where it lies.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Names in a row; of very many the first, and how many more: a dump may have thousands of columns.
pub fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 20;
    match names.get(..SHOWN) {
        Some(first) if names.len() > SHOWN => {
            format!("{}, and {} more", first.join(", "), count((names.len() - SHOWN) as u64))
        }
        _ => names.join(", "),
    }
}

/// Columns of a terminal that a text takes: East Asian wide characters take two.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// The blocks of Unicode's East Asian Width "W" and "F" that column names and breach names can have.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Writes rows in aligned columns, two blanks between them; numbers and shares are aligned to the right.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_table(out: &mut dyn Write, indent: &str, rows: &[Vec<String>]) -> io::Result<()> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| rows.iter().filter_map(|row| row.get(i)).map(|cell| columns(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let mut line = indent.to_string();
        for (cell, width) in row.iter().zip(&widths) {
            let blanks = " ".repeat(width - columns(cell));
            let number = cell.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | ' ' | '%'));
            let (before, after) = if number { (blanks.as_str(), "") } else { ("", blanks.as_str()) };
            line.push_str(&format!("{before}{cell}{after}  "));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([count(0), count(999), count(1000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([size(12), size(1500), size(999_999), size(12_345_678)], ["12 B", "1.5 kB", "1.0 MB", "12.3 MB"]);
        assert_eq!([percent(1, 8), percent(1, 0)], ["12.5 %", "-"]);
    }

    #[test]
    fn control_and_direction_characters_are_escaped() {
        assert_eq!(escaped("a\x1b[31m\u{202e}姓"), "a\\u{1b}[31m\\u{202e}姓");
    }

    #[test]
    fn tables_align_also_with_wide_characters() {
        let rows = [vec!["姓名".to_string(), "7".into()], vec!["vin".into(), "1,000".into()]];
        let mut out = Vec::new();
        write_table(&mut out, "  ", &rows).expect("a vector");
        assert_eq!(String::from_utf8(out).expect("text"), "  姓名      7\n  vin   1,000\n");
    }
}

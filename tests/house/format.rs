//! The tables of `FORMAT.md` against the constants in code: two texts of one layout do not drift apart unseen.
//!
//! A table stands under a heading of its own, with a fixed title and fixed columns. A row is compared cell by cell with
//! the row which the code says; numbers are equal in decimal and hexadecimal, and backticks do not count.

use super::Finding;

/// What a table of the specification must say.
pub struct Expected<'a> {
    /// The heading line, with its `#` signs.
    pub heading: &'a str,
    /// The titles of the columns; the first is the key by which rows are found.
    pub columns: &'a [&'a str],
    /// The rows in order, each with the cells to compare. Columns beyond them are prose.
    pub rows: Vec<Vec<String>>,
}

/// Differences between a table of the text and what the code says.
pub fn compare(path: &str, text: &str, expected: &Expected<'_>) -> Vec<Finding> {
    let table = match Table::read(path, text, expected) {
        Ok(table) => table,
        Err(finding) => return vec![finding],
    };
    let mut findings = table.duplicates();
    findings.extend(expected.rows.iter().flat_map(|row| table.differences(row)));
    findings.extend(table.rows.iter().filter_map(|row| table.unknown(row, expected)));
    findings.extend(table.disorder(expected));
    findings
}

struct Table<'a> {
    path: &'a str,
    heading: &'a str,
    columns: &'a [&'a str],
    line: usize,
    rows: Vec<Row>,
}

struct Row {
    line: usize,
    cells: Vec<String>,
}

impl Row {
    fn key(&self) -> &str {
        &self.cells[0]
    }
}

impl<'a> Table<'a> {
    fn read(path: &'a str, text: &str, expected: &Expected<'a>) -> Result<Table<'a>, Finding> {
        let (heading, columns) = (expected.heading, expected.columns);
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let Some((line, _)) = lines.by_ref().find(|(_, line)| *line == heading) else {
            return Err(Finding::new(path, 1, format!("has no heading `{heading}`")));
        };
        let in_section = lines.take_while(|(_, line)| !line.starts_with('#'));
        let mut table =
            in_section.skip_while(|(_, line)| !line.starts_with('|')).take_while(|(_, line)| line.starts_with('|'));
        let titles = table.next().map(|(_, line)| cells(line)).unwrap_or_default();
        if titles != columns {
            let advice = format!("`{heading}` wants a table with the columns {}", columns.join(" | "));
            return Err(Finding::new(path, line, advice));
        }
        let rows: Vec<Row> = table.skip(1).map(|(line, text)| Row { line, cells: cells(text) }).collect();
        match rows.iter().find(|row| row.cells.len() != columns.len()) {
            Some(row) => {
                Err(Finding::new(path, row.line, format!("has {} cells, wants {}", row.cells.len(), columns.len())))
            }
            None => Ok(Table { path, heading, columns, line, rows }),
        }
    }

    fn finding(&self, line: usize, advice: String) -> Finding {
        Finding::new(self.path, line, format!("`{}`: {advice}", self.heading))
    }

    fn row(&self, key: &str) -> Option<&Row> {
        self.rows.iter().find(|row| same(row.key(), key))
    }

    fn duplicates(&self) -> Vec<Finding> {
        let repeated =
            |(index, row): &(usize, &Row)| self.rows[..*index].iter().any(|other| same(other.key(), row.key()));
        let rows = self.rows.iter().enumerate().filter(repeated);
        rows.map(|(_, row)| self.finding(row.line, format!("{} `{}` stands twice", self.columns[0], row.key())))
            .collect()
    }

    /// A row of the code that the table lacks, or whose cells differ.
    fn differences(&self, expected: &[String]) -> Vec<Finding> {
        let Some(row) = self.row(&expected[0]) else {
            let advice = format!("the code has a row {}, the table has not", expected.join(" | "));
            return vec![self.finding(self.line, advice)];
        };
        let compared = row.cells.iter().zip(expected).zip(self.columns);
        let different = compared.filter(|((cell, want), _)| !same(cell, want));
        let advice = |column, cell, want| format!("{column} of `{}` is `{cell}`, in the code `{want}`", row.key());
        different.map(|((cell, want), column)| self.finding(row.line, advice(column, cell, want))).collect()
    }

    /// A row of the table that the code does not know.
    fn unknown(&self, row: &Row, expected: &Expected<'_>) -> Option<Finding> {
        let is_known = expected.rows.iter().any(|want| same(&want[0], row.key()));
        let advice = format!("the code has no {} `{}`", self.columns[0], row.key());
        (!is_known).then(|| self.finding(row.line, advice))
    }

    /// The first row that stands elsewhere than in the code, if the rows are otherwise the same.
    fn disorder(&self, expected: &Expected<'_>) -> Option<Finding> {
        let known = self.rows.iter().filter(|row| self.unknown(row, expected).is_none());
        let wanted = expected.rows.iter().filter(|want| self.row(&want[0]).is_some());
        let (row, want) = known.zip(wanted).find(|(row, want)| !same(row.key(), &want[0]))?;
        Some(self.finding(row.line, format!("`{}` stands where the code has `{}`", row.key(), want[0])))
    }
}

/// The cells of a table row, without blanks and backticks; `\|` is a bar inside a cell.
fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner).replace("\\|", "\u{0}");
    inner.split('|').map(|cell| cell.trim().replace('`', "").replace('\u{0}', "|")).collect()
}

fn same(left: &str, right: &str) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// A decimal or `0x` hexadecimal number, `_` allowed between digits.
fn number(text: &str) -> Option<u64> {
    let digits = text.replace('_', "");
    match digits.strip_prefix("0x") {
        Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Format\n\n### Header\n\nLittle-endian.\n\n\
        | offset | type | name | meaning |\n|---:|---|---|---|\n\
        | 0x0000 | `u8[8]` | `magic` | says \\| what |\n\
        | 0x0008 | `u16` | `version` | 1 |\n\
        | 0x1_000 | `u32` | `flags` | none |\n\nProse | with a bar.\n\n### Sections\n\n| kind |\n|---|\n";

    fn expected() -> Expected<'static> {
        let rows = [("0", "u8[8]", "magic"), ("8", "u16", "version"), ("4096", "u32", "flags")];
        let rows = rows.map(|(offset, of_type, name)| [offset, of_type, name].map(str::to_owned).to_vec()).to_vec();
        Expected { heading: "### Header", columns: &["offset", "type", "name", "meaning"], rows }
    }

    fn check(text: &str, want: &[(usize, &str)]) {
        let findings = compare("FORMAT.md", text, &expected());
        assert_eq!(findings.len(), want.len(), "{findings:?}\nin\n{text}");
        for (finding, (line, part)) in findings.iter().zip(want) {
            assert_eq!(finding.line, *line, "{finding}");
            assert!(finding.advice.contains(part), "`{part}` in {finding}");
        }
    }

    fn changed(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "`{from}` stands in the good text");
        GOOD.replacen(from, to, 1)
    }

    #[test]
    fn a_true_table_passes() {
        check(GOOD, &[]);
        check(&changed("0x0000", "0"), &[]);
        check(&changed("says \\| what", ""), &[]);
    }

    #[test]
    fn a_missing_or_foreign_table_is_found() {
        check(&changed("### Header", "### Head"), &[(1, "no heading `### Header`")]);
        check("### Header\n\n### Other\n| offset |\n", &[(1, "wants a table with the columns offset | type")]);
        check(&changed("| offset | type", "| type | offset"), &[(3, "wants a table")]);
        check(&changed(" | says \\| what", ""), &[(9, "has 3 cells, wants 4")]);
    }

    #[test]
    fn a_missing_row_is_found() {
        check(&changed("| 0x0008 | `u16` | `version` | 1 |\n", ""), &[(3, "the code has a row 8 | u16 | version")]);
    }

    #[test]
    fn an_extra_row_is_found() {
        let text = changed("| 0x1_000", "| 10 | `u8` | `spare` | |\n| 0x1_000");
        check(&text, &[(11, "the code has no offset `10`")]);
        let text = changed("| 0x1_000", "| 8 | `u16` | `version` | |\n| 0x1_000");
        check(&text, &[(11, "offset `8` stands twice"), (11, "`8` stands where the code has `4096`")]);
    }

    #[test]
    fn a_wrong_offset_is_found() {
        let want = [(3, "the code has a row 8 | u16 | version"), (10, "the code has no offset `0x000A`")];
        check(&changed("0x0008", "0x000A"), &want);
    }

    #[test]
    fn swapped_names_are_found() {
        let text = changed("`magic`", "`other`").replace("`version`", "`magic`").replace("`other`", "`version`");
        let want =
            [(9, "name of `0x0000` is `version`, in the code `magic`"), (10, "is `magic`, in the code `version`")];
        check(&text, &want);
        check(&changed("`u16`", "`u32`"), &[(10, "type of `0x0008` is `u32`, in the code `u16`")]);
    }

    #[test]
    fn swapped_rows_are_found() {
        let version = "| 0x0008 | `u16` | `version` | 1 |\n";
        let text = changed(version, "").replacen("| 0x0000", &format!("{version}| 0x0000"), 1);
        check(&text, &[(9, "`0x0008` stands where the code has `0`")]);
    }

    #[test]
    fn numbers_are_read_in_both_bases() {
        let cases = [("12", Some(12)), ("0x10", Some(16)), ("65_536", Some(65_536)), ("u8[8]", None), ("", None)];
        for (text, want) in cases {
            assert_eq!(number(text), want, "{text}");
        }
    }
}

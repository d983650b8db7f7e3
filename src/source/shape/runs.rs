//! Whether a run of several bytes, `----` or `==`, delimits fields, or is part of what stands in them.

use super::super::{Separator, Shape};

/// Share of the rows of a table with the same number of fields.
const SHARE_ALIKE_MIN: f64 = 0.95;

/// A text whose rows have the same number of fields, of three at least, around one byte.
pub(super) struct Table {
    delimiter: u8,
    width: usize,
}

impl Table {
    pub(super) fn of(shape: Shape, counts: &[usize], width: usize) -> Option<Table> {
        let delimiter = match shape {
            Shape::Delimited { delimiter, .. } => delimiter,
            Shape::Colons => b':',
            _ => return None,
        };
        let same = counts.iter().filter(|count| **count == width).count();
        (width > 2 && same as f64 >= SHARE_ALIKE_MIN * counts.len() as f64).then_some(Table { delimiter, width })
    }

    /// Whether a run that makes so many fields is rather part of the fields here: of a later one, or the end of one.
    pub(super) fn holds(&self, run: Separator, width: usize, text: &[u8]) -> bool {
        if width >= self.width || run.as_bytes().contains(&self.delimiter) {
            return false;
        }
        let finder = memchr::memmem::Finder::new(run.as_bytes());
        let (mut all, mut inside) = (0usize, 0usize);
        for line in text.split(|byte| *byte == b'\n') {
            let Some(place) = finder.find(line) else { continue };
            let behind = line[place..].iter().find(|byte| !run.as_bytes().contains(byte));
            all += 1;
            inside += usize::from(
                behind == Some(&self.delimiter) || memchr::memchr(self.delimiter, &line[..place]).is_some(),
            );
        }
        2 * inside > all
    }
}

/// Whether equal signs mostly stand at the ends of lines: there they separate nothing, and end a value in base64.
pub(super) fn ends_lines(text: &[u8], separator: Separator) -> bool {
    let run = separator.as_bytes();
    if run[0] != b'=' {
        return false;
    }
    let (mut all, mut last) = (0usize, 0usize);
    for place in memchr::memmem::find_iter(text, run) {
        all += 1;
        last += usize::from(matches!(text.get(place + run.len()), None | Some(b'\n' | b'\r')));
    }
    2 * last > all
}

/// Whether the character of a run hardly ever stands alone: two colons are an empty field between others. Dashes stand in
/// dates and names.
pub(super) fn is_never_alone(text: &[u8], separator: Separator) -> bool {
    let run = separator.as_bytes();
    if run[0] == b'-' {
        return true;
    }
    let all = memchr::memchr_iter(run[0], text).count();
    let in_runs = memchr::memmem::find_iter(text, run).count() * run.len();
    all > 0 && in_runs * 20 >= all * 19
}

#[cfg(test)]
mod tests {
    use super::super::super::Options;
    use super::super::detect;

    fn check(line: &dyn Fn(usize) -> String, want: &str) {
        let text: String = (0..60).map(|row| line(row) + "\n").collect();
        assert_eq!(detect(text.as_bytes(), true, &[], &Options::default()).0.to_string(), want, "{text:.200}");
    }

    /// In a table whose rows all hold one, and at the ends of lines.
    #[test]
    fn runs_in_values_delimit_nothing() {
        let key = |row: usize| format!("{:022x}==", (row as u128 + 7) * 0x9e37_79b9_7f4a_7c15);
        check(&|row| format!("{row}|cat{row}|a{row}@example.com|{}|2015-06-17", key(row)), "pipe-delimited text");
        check(&|row| format!("{row},cat{row},a{row}@example.com,{}", key(row)), "comma-delimited text");
        check(&|row| format!("{row},cat{row},a{row}@example.com,a:{}:{{}},x::y", row % 3), "comma-delimited text");
        check(&|row| format!("{row};cat{row};a--b{row};a{row}@example.com"), "semicolon-delimited text");
        check(&|row| format!("cat{row}:{}", key(row)), "combolist (login, colon, secret)");
        check(&|row| format!("{row}:cat{row}:a{row}@example.com:{}", key(row)), "colon-delimited text");
        check(&|row| format!("{}|cat{row}|a{row}@example.com|x", key(row)), "pipe-delimited text");
        // Before all other delimiters it separates, and before nothing too.
        check(&|row| format!("138123456{row:02}----Springfield, IL, 627{row:02}"), "text delimited by `----`");
        check(&|row| format!("anna{row}----00:1a:2b:3c:4d:{row:02}"), "text delimited by `----`");
        check(
            &|row| format!("138123456{row:02}----{}", if row % 3 == 0 { "a@b.example" } else { "" }),
            "text delimited by `----`",
        );
        // A run that makes more of a line is what delimits.
        check(&|row| format!("{row}==cat{row}==a{row}@example.com==B,C,D"), "text delimited by `==`");
        check(&|row| format!("a{row}@example.com==pw{row}"), "combolist (login, `=`, secret)");
        check(&|row| format!("{row}||cat{row}||a{row}@example.com"), "text delimited by `||`");
    }
}

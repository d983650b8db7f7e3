//! Blocks of `name: value` lines.

use leakdex::source::{Malformed, Shape};

use super::reading::{Case, check, seed};

/// Values are parts of their record, and no name comes twice in one, but right behind itself.
pub fn run(data: &[u8]) {
    let case = Case::of(data);
    let Some(all) = check(&case, Some(Shape::Pairs), &case.options(), 0) else { return };
    for row in &all.rows {
        assert!(matches!(row.malformed, None | Some(Malformed::TooLong)), "{:?}", row.malformed);
        let mut columns: Vec<u32> = row
            .fields
            .iter()
            .map(|(column, _)| *column)
            .filter(|column| (*column as usize) < all.columns.len())
            .collect();
        columns.dedup();
        let count = columns.len();
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), count, "a name comes again in a record");
        for (_, value) in &row.fields {
            assert!(
                value.is_empty() || memchr::memmem::find(&row.bytes, value).is_some(),
                "a value is part of its record"
            );
            assert!(!value.contains(&b'\n'), "a value is on one line");
        }
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    vec![
        seed(
            [0, 5, 0, 0],
            "Soft: Chrome\nURL: https://a.example/\nUsername: anna@example.com\nPassword: two\nlines\n\nURL: b\nURL: c\n===\n",
        ),
        seed(
            [0, 1, 3, 2],
            "[Name]: x\r\n>> E-Mail\u{ff1a} a@example.com\r\n----\r\nhttp://x: y\n10:15: z\n:\n a:b:c\n",
        ),
        seed([0, 2, 5, 5], "a: 1\nb: 0123456789\n\nc:\n"),
        seed([0, 3, 0, 0], "a: 1\na: 2\nb: 3\nb: 4\nc: 5\nb: 6\nTEL;TYPE=HOME: 7\nTEL;TYPE=CELL: 8\n"),
    ]
}

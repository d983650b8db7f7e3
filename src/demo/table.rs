//! Delimited text: delimiters, line ends, byte order mark, encoding.

use std::io;

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// One dialect of delimited text.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) delimiter: u8,
    pub(super) is_crlf: bool,
    pub(super) has_bom: bool,
    /// GB18030 instead of UTF-8.
    pub(super) is_gb18030: bool,
}

impl Table {
    /// Commas, UTF-8, line feeds.
    pub(super) const COMMA: Table = Table { delimiter: b',', is_crlf: false, has_bom: false, is_gb18030: false };

    /// A writer of rows into memory; rows may differ in length.
    pub(super) fn rows(&self) -> Rows {
        let line_end = if self.is_crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut builder = csv::WriterBuilder::new();
        let csv = builder.delimiter(self.delimiter).terminator(line_end).flexible(true).from_writer(Vec::new());
        Rows { csv, table: *self }
    }
}

/// Rows of a table that are being written.
pub(super) struct Rows {
    csv: csv::Writer<Vec<u8>>,
    table: Table,
}

impl Rows {
    /// Adds one row.
    pub(super) fn add<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        Ok(self.csv.write_record(cells)?)
    }

    /// The bytes in the table's encoding; with its byte order mark, if it has one, where the file begins.
    pub(super) fn finish(self, is_first: bool) -> io::Result<Vec<u8>> {
        let text = self.csv.into_inner().map_err(|error| io::Error::from(error.error().kind()))?;
        if self.table.is_gb18030 {
            return Ok(encoding_rs::GB18030.encode(&String::from_utf8_lossy(&text)).0.into_owned());
        }
        Ok(if is_first && self.table.has_bom { [BOM, &text].concat() } else { text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::words::GIVEN_NAMES;

    fn written(table: Table, is_first: bool) -> Vec<u8> {
        let mut rows = table.rows();
        rows.add(["a,b", "c"]).unwrap();
        rows.add(["short"]).unwrap();
        rows.finish(is_first).unwrap()
    }

    #[test]
    fn rows_follow_the_dialect() {
        assert_eq!(written(Table::COMMA, true), b"\"a,b\",c\nshort\n");
        assert_eq!(written(Table { delimiter: b';', is_crlf: true, ..Table::COMMA }, true), b"a,b;c\r\nshort\r\n");
        let with_bom = Table { has_bom: true, ..Table::COMMA };
        assert!(written(with_bom, true).starts_with(BOM) && !written(with_bom, false).starts_with(BOM));
    }

    #[test]
    fn gb18030_decodes_back_and_needs_more_than_gbk() {
        let names: String = GIVEN_NAMES.iter().map(|(name, _)| *name).collect();
        let mut rows = Table { is_gb18030: true, ..Table::COMMA }.rows();
        rows.add([&names]).unwrap();
        let bytes = rows.finish(true).unwrap();
        let (text, had_errors) = encoding_rs::GB18030.decode_without_bom_handling(&bytes);
        assert!(!had_errors);
        assert_eq!(text.trim_end(), names);
        assert!(encoding_rs::GBK.encode(&names).2, "GBK has every character");
    }
}

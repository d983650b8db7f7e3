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

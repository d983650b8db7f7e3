//! Cells of a list that are kept beside its identifiers: whom a row is about, its group, what the caller wants back.

use std::fmt;

/// The kept cells of the records of one block.
///
/// Cost: the bytes of the cells, and 16 for each. A column that a record does not have is an empty cell; of a path that a
/// record has several times the first value counts that is not empty.
#[derive(Default)]
pub struct Kept {
    width: usize,
    bytes: Vec<u8>,
    /// Where every cell begins and ends: `width` of them for a record.
    places: Vec<(usize, usize)>,
}

impl Kept {
    pub(super) fn begin(&mut self, width: usize) {
        self.width = width;
        self.bytes.clear();
        self.places.clear();
    }

    pub(super) fn begin_record(&mut self) {
        self.places.resize(self.places.len() + self.width, (0, 0));
    }

    /// Keeps a cell of the present record.
    pub(super) fn keep(&mut self, place: usize, cell: &[u8]) {
        let at = self.places.len() - self.width + place;
        if self.places[at].0 == self.places[at].1 {
            let begin = self.bytes.len();
            self.bytes.extend_from_slice(cell);
            self.places[at] = (begin, self.bytes.len());
        }
    }

    /// A cell, by record and by its place in [`Plan::kept`](super::Plan::kept).
    pub fn cell(&self, record: u32, place: usize) -> &[u8] {
        let at = record as usize * self.width + place;
        self.places.get(at).map_or(&[], |(begin, end)| &self.bytes[*begin..*end])
    }
}

/// Prints lengths only.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({} cells, {} bytes)", self.places.len(), self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_found_by_record_and_place() {
        let mut kept = Kept::default();
        kept.begin(2);
        kept.begin_record();
        kept.keep(1, b"CN");
        kept.begin_record();
        kept.keep(1, b"");
        kept.keep(1, b"DE");
        kept.keep(1, b"FR");
        kept.keep(0, b"x");
        let cells = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)].map(|(record, place)| kept.cell(record, place));
        assert_eq!(cells, [&b""[..], b"CN", b"x", b"DE", b""]);
        assert!(!format!("{kept:?}").contains("DE"));
    }
}

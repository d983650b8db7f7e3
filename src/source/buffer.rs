//! Buffers that held input: wiped when they are dropped, and when they move because they grow.

use zeroize::{Zeroize, Zeroizing};

/// Bytes of the input. The allocator gets them back as zeros.
pub(super) type Wiped = Zeroizing<Vec<u8>>;

/// Makes room for `additional` bytes; the old allocation is wiped, which `Vec::reserve` does not do.
pub(super) fn reserve(bytes: &mut Vec<u8>, additional: usize) {
    if bytes.capacity() - bytes.len() >= additional {
        return;
    }
    let mut larger = Vec::with_capacity((bytes.len() + additional).max(2 * bytes.capacity()));
    larger.extend_from_slice(bytes);
    bytes.zeroize();
    *bytes = larger;
}

/// Appends without leaving a copy behind.
pub(super) fn append(bytes: &mut Vec<u8>, more: &[u8]) {
    reserve(bytes, more.len());
    bytes.extend_from_slice(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_keeps_the_content() {
        let mut bytes = Vec::new();
        for part in [&b"abc"[..], b"", b"defgh", &[b'x'; 300]] {
            append(&mut bytes, part);
        }
        assert_eq!(&bytes[..9], b"abcdefghx");
        assert_eq!(bytes.len(), 308);
    }
}

//! Bytes of one encoding, portion by portion, as UTF-8: nothing but valid UTF-8 is ever appended.

use encoding_rs::{Decoder, DecoderResult};

use super::buffer;

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Appends all of `input` as UTF-8; returns how many malformed sequences were replaced.
///
/// Cost: room for half as much again as the input, which is enough for two bytes that become three; more where it is
/// not. With room for the worst case, three times the input, filling it with zeros would cost a fifth of the time.
pub(super) fn transcode(decoder: &mut Decoder, input: &[u8], out: &mut Vec<u8>, last: bool) -> u64 {
    let (mut taken, mut malformed, mut at) = (0, 0, out.len());
    make_room(out, at, input.len());
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(&input[taken..], &mut out[at..], last);
        taken += read;
        at += written;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => make_room(out, at, input.len() - taken),
            DecoderResult::Malformed(..) => {
                make_room(out, at, 0);
                out[at..at + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
                at += REPLACEMENT.len();
                malformed += 1;
            }
        }
    }
    out.truncate(at);
    malformed
}

/// Room behind `at` for what so many bytes become; some even for none.
fn make_room(out: &mut Vec<u8>, at: usize, input_bytes: usize) {
    // The decoder wants room for a character of any length, whatever it writes.
    let room = input_bytes + input_bytes / 2 + 32;
    if out.len() - at < room {
        buffer::reserve(out, at + room - out.len());
        out.resize(at + room, 0);
    }
}

/// Appends UTF-8, with U+FFFD for malformed sequences; returns the bytes taken and how many were replaced. An incomplete
/// character at the end is not taken unless this is the `last` portion.
pub(super) fn pass_utf8(input: &[u8], out: &mut Vec<u8>, last: bool) -> (usize, u64) {
    let (mut taken, mut malformed) = (0, 0);
    loop {
        let rest = &input[taken..];
        let Err(error) = simdutf8::compat::from_utf8(rest) else {
            buffer::append(out, rest);
            return (input.len(), malformed);
        };
        buffer::append(out, &rest[..error.valid_up_to()]);
        taken += error.valid_up_to();
        match error.error_len() {
            None if !last => return (taken, malformed),
            length => taken += length.map_or(input.len() - taken, usize::from),
        }
        buffer::append(out, REPLACEMENT);
        malformed += 1;
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{Encoding, GB18030, UTF_8};

    use super::*;

    /// The same as the library's own decoding of the whole, in portions of every size.
    fn check(encoding: &'static Encoding, bytes: &[u8]) {
        let want = encoding.decode_without_bom_handling(bytes).0;
        for size in 1..=bytes.len() + 1 {
            let (mut out, mut decoder) = (Vec::new(), encoding.new_decoder_without_bom_handling());
            for portion in bytes.chunks(size) {
                transcode(&mut decoder, portion, &mut out, false);
            }
            transcode(&mut decoder, b"", &mut out, true);
            assert_eq!(String::from_utf8(out).unwrap(), want, "{} in portions of {size}", encoding.name());
        }
    }

    #[test]
    fn portions_make_no_difference() {
        check(GB18030, b"");
        check(GB18030, &GB18030.encode("a,\u{738b}\u{4f1f}\u{20000}\u{20ac}\n".repeat(20).as_str()).0);
        check(GB18030, b"\xff\x81\x30\x81,\x81\x30a\x80\x81");
        check(encoding_rs::BIG5, b"\x88\x62\x88\x62\xa4\x40\xa4");
        check(encoding_rs::UTF_16LE, b"a\0\x3d\xd8\x3d\xd8\0\xdeb\0c");
    }

    #[test]
    fn utf8_passes_and_what_is_not_is_replaced() {
        let nasty = b"a\xff\xc3\xa4\xe7\x8e,\xe7\x8e\x8b\xf0\x9f\x98\xed\xa0\x80\xc0\x80\xf5\xe7";
        let want = UTF_8.decode_without_bom_handling(nasty).0;
        for size in 1..=nasty.len() + 1 {
            let (mut out, mut waiting, mut malformed) = (Vec::new(), Vec::new(), 0);
            for portion in nasty.chunks(size).chain([&b""[..]]) {
                waiting.extend_from_slice(portion);
                let (taken, count) = pass_utf8(&waiting, &mut out, portion.is_empty());
                waiting.drain(..taken);
                malformed += count;
                assert!(waiting.len() < 4);
            }
            assert_eq!(String::from_utf8(out).unwrap(), want, "portions of {size}");
            assert_eq!(malformed, want.matches('\u{fffd}').count() as u64);
        }
    }
}

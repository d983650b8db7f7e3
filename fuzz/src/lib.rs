//! The fuzz targets: the bodies are those that `cargo test` replays.

#[path = "../../tests/targets/mod.rs"]
pub mod targets;

pub use libfuzzer_sys;

/// Lets a panic pass that the program survives: parsers of archives run in a thread that turns it into an error. Every other
/// one ends the process, as an input that found something.
pub fn let_archives_panic() {
    let ends = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some("archive") {
            ends(info);
        }
    }));
}

/// The body of a binary.
#[macro_export]
macro_rules! fuzz {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(
            init: $crate::let_archives_panic(),
            |data: &[u8]| $crate::targets::run($name, data)
        );
    };
}

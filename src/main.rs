//! The `leakdex` program.
fn main() {}

#![no_main]

leakdex_fuzz::fuzz!("archives");

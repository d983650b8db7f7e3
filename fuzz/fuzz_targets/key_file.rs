#![no_main]

leakdex_fuzz::fuzz!("key_file");

#![no_main]

leakdex_fuzz::fuzz!("forms");

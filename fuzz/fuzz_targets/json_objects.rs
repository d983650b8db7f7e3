#![no_main]

leakdex_fuzz::fuzz!("json_objects");

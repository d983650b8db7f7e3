#![no_main]

leakdex_fuzz::fuzz!("plan_file");

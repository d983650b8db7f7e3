//! Africa, Oceania and the Near East.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];

//! Asia beside China.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];

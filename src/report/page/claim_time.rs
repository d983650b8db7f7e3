//! When a sample was taken from the lists, in sentences.

use super::claim::{as_sentence, list_name};
use super::{Block, Section};
use crate::query::claim::Claim;
use crate::report::claim_words;

/// What the days of the lists say; none if they have none.
pub(super) fn section(claim: &Claim) -> Option<Section> {
    let of_list = |list| claim_words::when(claim, list, &list_name(claim, list));
    let items: Vec<String> = claim.lists.iter().flat_map(of_list).map(|text| as_sentence(&text)).collect();
    (!items.is_empty()).then(|| Section::new("When it was taken", vec![Block::Items(items)]))
}

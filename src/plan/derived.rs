//! Identifiers that are made of others: what an account that was opened with an address or a telephone number is called.
//!
//! `anna.maria` beside `anna.maria@example.com`, or the customer number 4915112345678 beside +49 151 12345678, is no second
//! identifier: whoever has the one has the other. Whoever counts how many identifiers of a record agree has to know that.

use crate::identifier::{Canonical, Kind, KindSpec};

/// The kinds that are made of a telephone number.
const OF_A_NUMBER: [Kind; 4] = [Kind::Username, Kind::CustomerNo, Kind::EmployeeNo, Kind::ContractNo];

/// Whether values of a kind may be made of others.
pub fn may_be_derived(kind: Kind) -> bool {
    OF_A_NUMBER.contains(&kind)
}

/// What is made of a value, and as what: as people write it, so that it has its canonical form still before it.
pub(super) fn forms(spec: KindSpec, canonical: &Canonical<'_>) -> Vec<(Kind, Vec<u8>)> {
    match spec.kind {
        Kind::Email => {
            let host = memchr::memrchr(b'@', canonical.exact).unwrap_or(canonical.exact.len());
            let local = &canonical.exact[..host];
            // Without what stands behind a plus, and the whole address.
            let tag = memchr::memchr(b'+', local).unwrap_or(local.len());
            let mut forms = vec![local.to_vec(), canonical.exact.to_vec()];
            if tag < local.len() {
                forms.push(local[..tag].to_vec());
            }
            forms.into_iter().flat_map(|form| OF_A_NUMBER.map(|kind| (kind, form.clone()))).collect()
        }
        Kind::Phone => {
            let mut forms = vec![canonical.exact.to_vec()];
            if let Some(national) = canonical.national {
                forms.extend([national.to_vec(), [b"0", national].concat(), [b"00", canonical.exact].concat()]);
            }
            forms.into_iter().flat_map(|form| OF_A_NUMBER.map(|kind| (kind, form.clone()))).collect()
        }
        _ => Vec::new(),
    }
}

//! What is known about a breach beside its records: who was hit, when it was added, how far it can be trusted.

use serde::{Deserialize, Serialize};

/// The fields of the breach model of Have I Been Pwned that mean something offline, and ours. All are optional.
///
/// Title, date and the classes seen in the records are fields of [`super::Breach`] itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// `Domain`: the site that was hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// `AddedDate`: when the model's publisher added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_date: Option<String>,
    /// `ModifiedDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_date: Option<String>,
    /// `PwnCount`: accounts by the model's publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pwn_count: Option<u64>,
    /// `Description`, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `DataClasses`: those that are said to be in it; which records have which is known from the records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub published_data_classes: Vec<String>,
    /// The flags that are set, by the names of [`FLAGS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// `Attribution`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// `DisclosureUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disclosure_url: Option<String>,
    /// Where the dump is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Records that somebody claims it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_count: Option<u64>,
    /// Why it may be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// The last day on which it may be kept, `2027-12-31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_until: Option<String>,
}

/// The flags: `IsVerified` and so on.
pub const FLAGS: [&str; 7] = ["verified", "fabricated", "sensitive", "retired", "spam_list", "malware", "stealer_log"];

impl About {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == About::default()
    }

    /// Sets or clears a flag.
    pub fn set_flag(&mut self, flag: &str, set: bool) {
        self.flags.retain(|known| known != flag);
        if set {
            self.flags.push(flag.to_string());
            self.flags.sort_unstable();
        }
    }

    /// Whether the retention date lies before a day of the form `2026-11-26`.
    pub fn is_expired(&self, today: &str) -> bool {
        self.retain_until.as_deref().is_some_and(|last| last < today)
    }
}

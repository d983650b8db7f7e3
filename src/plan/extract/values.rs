//! Cells become identifiers, by what their columns are.

use super::{Extractor, set_class};
use crate::identifier::{Kind, KindSpec, Reason, presence, readable, vouching_by_chance};
use crate::index::class::DataClass;
use crate::plan::actions::Action;
use crate::plan::batch::{Batch, Refused};
use crate::plan::cells::{Numbers, is_chinese_mobile, is_ip, is_plain_number, kinds_of_cell};
use crate::plan::decide::class_of_kind;
use crate::plan::found::may_hold_signs;
use crate::plan::packed::{self, Packed};
use crate::plan::several;
use crate::source::{Candidate, Edges, search};
use zeroize::Zeroizing;

/// A number that more of such numbers are by chance may be a user name.
const BY_CHANCE_MAX: f64 = 0.001;

/// One of several values in a cell, with what it lacks, and whether it is told where it is refused.
struct Part<'p> {
    prefix: &'p str,
    text: &'p [u8],
    is_told: bool,
}

impl Extractor<'_> {
    /// An identifier in a column of its own: its digests, and its data class.
    pub(super) fn identifier(&mut self, spec: KindSpec, field: &[u8], class: Option<DataClass>, batch: &mut Batch) {
        self.identifier_behind("", spec, field, class, batch);
    }

    /// The same where the numbers of the column lack what stands before them.
    pub(super) fn identifier_behind(
        &mut self,
        prefix: &str,
        spec: KindSpec,
        field: &[u8],
        class: Option<DataClass>,
        batch: &mut Batch,
    ) {
        let spec = self.of_record(spec);
        let refused = self.one_or_several(prefix, spec, field, batch).err();
        let absent = matches!(refused, Some(Reason::Empty | Reason::Placeholder | Reason::Masked));
        if let (Some(class), false) = (class, absent) {
            batch.add_class(class);
        }
    }

    /// An identifier, or several in one cell: each counts, and what stands between them does not. Of several, one that is refused
    /// is told beside those that are not.
    pub(super) fn one_or_several(
        &mut self,
        prefix: &str,
        spec: KindSpec,
        field: &[u8],
        batch: &mut Batch,
    ) -> Result<(), Reason> {
        if spec.kind == Kind::Ip && several::holds_ips(field) {
            let parts = several::ips(field).map(|part| Part { prefix: "", text: part, is_told: is_ip(part) });
            if self.take_parts(spec, parts, batch) {
                return Ok(());
            }
        }
        if spec.kind == Kind::Email
            && let Some(address) = several::guest(field)
        {
            // Beside the name of the guest, which is an address too.
            let _ = self.digester.try_add(spec, self.region, &address, batch);
        }
        let Err(reason) = self.digester.try_add(spec, self.region, field, batch) else {
            if spec == KindSpec::new(Kind::Email) && several::may_have_prefix(field) {
                // Beside the whole, which is an address too.
                self.emails_in(field, spec, batch);
            }
            return Ok(());
        };
        match self.take_beside_words(prefix, spec, field, reason, batch) {
            true => Ok(()),
            false => {
                self.digester.refuse(spec, reason, batch);
                Err(reason)
            }
        }
    }

    /// Takes what stands in a cell beside words or others of its kind, where the whole is refused for how it is written. Output:
    /// whether there was any.
    #[cold]
    fn take_beside_words(
        &mut self,
        prefix: &str,
        spec: KindSpec,
        field: &[u8],
        reason: Reason,
        batch: &mut Batch,
    ) -> bool {
        let is_part = |part: &&[u8]| part.len() < field.len();
        // A telephone number may lack what its column lacks: below.
        if several::may_have_words(reason)
            && spec.kind != Kind::Phone
            && let Some(bare) = several::without_quotes(field)
            && self.digester.try_add(spec, self.region, bare, batch).is_ok()
        {
            return true;
        }
        match spec.kind {
            Kind::Phone if several::may_have_words(reason) => {
                let parts = several::phones(field).filter(is_part).map(|part| {
                    let lacks = part[0].is_ascii_digit() && part[0] != b'0';
                    Part { prefix: if lacks { prefix } else { "" }, text: part, is_told: true }
                });
                self.take_parts(spec, parts, batch)
            }
            Kind::Email if several::emails(field).any(|part| is_part(&part)) => {
                let parts = several::emails(field).map(|part| Part { prefix: "", text: part, is_told: true });
                self.take_parts(spec, parts, batch)
            }
            // Chinese and Japanese words have no blanks around what stands among them, and pages have none either.
            Kind::Email
                if several::may_have_words(reason) && (!field.is_ascii() || several::may_have_prefix(field)) =>
            {
                self.emails_in(field, spec, batch)
            }
            _ => {
                several::may_have_words(reason)
                    && several::labelled(spec, field)
                        .any(|(spec, value)| self.digester.try_add(spec, self.region, value, batch).is_ok())
            }
        }
    }

    /// Takes the addresses that a search finds in a cell, but the whole cell. Output: whether there are any.
    fn emails_in(&mut self, field: &[u8], spec: KindSpec, batch: &mut Batch) -> bool {
        let mut any = false;
        search(field, 0..field.len(), Edges::default(), |candidate, part| {
            any |= matches!(candidate, Candidate::Address | Candidate::Encoded)
                && part.len() < field.len()
                && self.digester.try_add(spec, self.region, part, batch).is_ok();
        });
        any
    }

    /// Takes every part that is one. Output: whether any was; then one that is not is told.
    fn take_parts<'p>(&mut self, spec: KindSpec, parts: impl Iterator<Item = Part<'p>>, batch: &mut Batch) -> bool {
        let (mut any, mut refused, mut whole) = (false, None, Zeroizing::new(Vec::new()));
        for part in parts {
            whole.clear();
            whole.extend_from_slice(part.prefix.as_bytes());
            whole.extend_from_slice(part.text);
            match self.digester.try_add(spec, self.region, &whole, batch) {
                Ok(()) => any = true,
                Err(reason) => refused = Some(reason).filter(|_| part.is_told).or(refused),
            }
        }
        let refused = refused.filter(|_| any);
        refused.into_iter().for_each(|reason| self.digester.refuse(spec, reason, batch));
        any
    }

    /// Takes the addresses, and the telephone numbers with a plus, in a cell of free text.
    pub(super) fn addresses_in(&mut self, field: &[u8], class: Option<DataClass>, batch: &mut Batch) {
        if let Some(class) = class {
            set_class(class, field, batch);
        }
        let mut any = false;
        if may_hold_signs(field) {
            search(field, 0..field.len(), Edges::default(), |candidate, value| {
                let kind = match candidate {
                    Candidate::Address | Candidate::Encoded => Kind::Email,
                    Candidate::Phone => Kind::Phone,
                    Candidate::Code | Candidate::Groups => return,
                };
                if self.digester.try_add(KindSpec::new(kind), self.region, value, batch).is_ok() {
                    any = true;
                    class_of_kind(kind).into_iter().for_each(|class| batch.add_class(class));
                }
            });
        }
        if !any {
            batch.refused.push(Refused { record: batch.records, kind: None, reason: Reason::Empty });
        }
    }

    /// The kind with the country that the record names, where the column does not say it.
    #[inline]
    pub(super) fn of_record(&self, spec: KindSpec) -> KindSpec {
        let open = !self.plan.countries.is_empty() && spec.kind.has_country() && spec.country.is_none();
        let named = KindSpec { country: self.region, ..spec };
        if open && !self.region.is_none() && crate::identifier::supports(named) { named } else { spec }
    }

    /// An identifier of a column of one kind; a telephone number by the country code beside it, if there is one.
    #[inline]
    pub(super) fn identifier_of(&mut self, action: Action, spec: KindSpec, field: &[u8], batch: &mut Batch) {
        if action.login && memchr::memchr(b'@', field).is_none() && presence(field).is_ok() {
            // A few people log in otherwise.
            return self.cell(field, Action { class: Some(DataClass::USERNAMES), ..action }, batch);
        }
        let region = self.region;
        if let Some(said) = action.dial.and_then(|dial| self.dialled[dial].of_next()) {
            self.region = said.region().unwrap_or(region);
            let mut whole = std::mem::take(&mut self.joined);
            let is_completed = said.complete(field, &mut whole);
            if is_completed {
                self.identifier(spec, &whole, action.class, batch);
            }
            self.joined = whole;
            if is_completed {
                self.region = region;
                return;
            }
        }
        if action.packed == Packed::Hosts
            && let Some(host) = packed::host(field)
        {
            let host = Zeroizing::new(host.to_string());
            return self.identifier(spec, host.as_bytes(), action.class, batch);
        }
        match action.phone_prefix {
            "" => self.identifier(spec, field, action.class, batch),
            prefix => self.number_behind(prefix, spec, field, action.class, batch),
        }
        self.region = region;
    }

    /// A telephone number that lacks what its whole column lacks.
    pub(super) fn number_behind(
        &mut self,
        prefix: &str,
        spec: KindSpec,
        field: &[u8],
        class: Option<DataClass>,
        batch: &mut Batch,
    ) {
        let mut buffer = String::new();
        let digits = readable(field, &mut buffer);
        let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        // Some write two zeros for the plus that the others leave out.
        let behind = digits.strip_prefix(b"00").filter(|rest| rest.first().is_some_and(|digit| *digit != b'0'));
        let digits = behind.filter(|_| plain && prefix == "+").unwrap_or(digits);
        // No country code begins with a zero.
        if !plain || prefix.is_empty() || digits[0] == b'0' {
            return self.identifier_behind(prefix, spec, field, class, batch);
        }
        let mut number = std::mem::take(&mut self.joined);
        number.clear();
        number.extend_from_slice(prefix.as_bytes());
        number.extend_from_slice(digits);
        self.identifier(spec, &number, class, batch);
        self.joined = number;
    }

    /// A cell that decides its own kind. What is none exposes the class of the column, and is a reason why the record may have
    /// no identifier.
    pub(super) fn cell(&mut self, field: &[u8], action: Action, batch: &mut Batch) {
        let Action { class, phone_prefix, numbers, numbers_of, .. } = action;
        if let Err(reason) = presence(field) {
            return batch.refused.push(Refused { record: batch.records, kind: None, reason });
        }
        let kinds = kinds_of_cell(field, self.region, action, self.digester.canonicalizer());
        let has_names = class == Some(DataClass::USERNAMES);
        // What is both is a telephone number nearly always, and exposes no more than that, unless such numbers stand in the column.
        let is_known = kinds[0].is_some_and(|spec| !numbers_of.is_none() && spec.country == numbers_of);
        let likely = kinds[1].filter(|_| !is_known).or(kinds[0]);
        for spec in kinds.into_iter().flatten() {
            // In a column of logins, what has letters and the check digit of a vehicle is a user name nearly always, and so is a
            // number that one in a thousand of such numbers is by chance, where no others of its country stand.
            let is_name = match spec.kind {
                Kind::Vin => has_names,
                Kind::NationalId => has_names && !is_known && vouching_by_chance(field) > BY_CHANCE_MAX,
                _ => false,
            };
            let class = if is_name { Some(DataClass::USERNAMES) } else { class_of_kind(likely.unwrap_or(spec).kind) };
            match spec.kind {
                Kind::Phone => self.phone_of_cell(phone_prefix, numbers, field, class, batch),
                _ => self.identifier(spec, field, class, batch),
            }
            if is_name {
                self.identifier(KindSpec::new(Kind::Username), field, class, batch);
            }
        }
        if kinds != [None, None] {
            return;
        }
        if has_names {
            return self.identifier(KindSpec::new(Kind::Username), field, class, batch);
        }
        if let Some(class) = class {
            batch.add_class(class);
        }
        batch.refused.push(Refused { record: batch.records, kind: None, reason: Reason::NoKind });
    }

    /// A telephone number in a cell that decides its own kind: a plain one as its column has them.
    pub(super) fn phone_of_cell(
        &mut self,
        mobile_prefix: &str,
        numbers: Numbers,
        field: &[u8],
        class: Option<DataClass>,
        batch: &mut Batch,
    ) {
        let mut buffer = String::new();
        let text = readable(field, &mut buffer);
        let prefix = match numbers {
            Numbers::WithoutPlus if is_plain_number(text) && (text[0] != b'0' || text.starts_with(b"00")) => "+",
            Numbers::Unknown if is_chinese_mobile(text) => mobile_prefix,
            _ => "",
        };
        self.number_behind(prefix, KindSpec::new(Kind::Phone), field, class, batch);
    }

    /// An identifier whose kind stands in the row.
    pub(super) fn row_identifier(&mut self, kind: &[u8], value: &[u8], batch: &mut Batch) {
        let spec = std::str::from_utf8(kind).ok().and_then(|text| KindSpec::parse(text.trim()));
        match spec.filter(|spec| crate::identifier::supports(*spec)) {
            Some(spec) => self.identifier(spec, value, None, batch),
            None => batch.refused.push(Refused { record: batch.records, kind: None, reason: Reason::UnknownKind }),
        }
    }
}

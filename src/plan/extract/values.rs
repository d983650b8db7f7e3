//! Cells become identifiers, by what their columns are.

use super::{Extractor, set_class};
use crate::identifier::{Kind, KindSpec, Reason, presence, readable};
use crate::index::class::DataClass;
use crate::plan::actions::Action;
use crate::plan::batch::{Batch, Refused};
use crate::plan::cells::{Numbers, is_chinese_mobile, is_ip, is_plain_number, kinds_of_cell};
use crate::plan::decide::class_of_kind;
use crate::plan::several;
use crate::source::{Candidate, Edges, search};
use zeroize::Zeroizing;

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
        let refused = match spec.kind {
            Kind::Phone | Kind::Ip | Kind::Email => self.one_or_several(prefix, spec, field, batch).err(),
            _ => self.digester.add(spec, self.region, field, batch).err(),
        };
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
            let (mut any, mut refused) = (false, None);
            for part in several::ips(field) {
                match self.digester.try_add(spec, self.region, part, batch) {
                    Ok(()) => any = true,
                    Err(reason) => refused = refused.or(is_ip(part).then_some(reason)),
                }
            }
            if any {
                refused.into_iter().for_each(|reason| self.digester.refuse(spec, reason, batch));
                return Ok(());
            }
        }
        let Err(reason) = self.digester.try_add(spec, self.region, field, batch) else { return Ok(()) };
        if spec.kind == Kind::Phone && matches!(reason, Reason::Syntax | Reason::Length) {
            let (mut any, mut refused) = (false, None);
            let mut number = Zeroizing::new(Vec::new());
            for part in several::phones(field).filter(|part| part.len() < field.len()) {
                let lacks = part[0].is_ascii_digit() && part[0] != b'0';
                number.clear();
                number.extend_from_slice(if lacks { prefix.as_bytes() } else { &[] });
                number.extend_from_slice(part);
                match self.digester.try_add(spec, self.region, &number, batch) {
                    Ok(()) => any = true,
                    Err(reason) => refused = Some(reason),
                }
            }
            if any {
                refused.into_iter().for_each(|reason| self.digester.refuse(spec, reason, batch));
                return Ok(());
            }
        }
        let is_several = |part: &[u8]| part.len() < field.len();
        if spec.kind == Kind::Email && several::emails(field).any(is_several) {
            let (mut any, mut refused) = (false, None);
            for part in several::emails(field) {
                match self.digester.try_add(spec, self.region, part, batch) {
                    Ok(()) => any = true,
                    Err(reason) => refused = Some(reason),
                }
            }
            if any {
                refused.into_iter().for_each(|reason| self.digester.refuse(spec, reason, batch));
                return Ok(());
            }
        }
        self.digester.refuse(spec, reason, batch);
        Err(reason)
    }

    /// Takes the addresses in a cell of free text.
    pub(super) fn addresses_in(&mut self, field: &[u8], class: Option<DataClass>, batch: &mut Batch) {
        if let Some(class) = class {
            set_class(class, field, batch);
        }
        let mut any = false;
        if memchr::memchr(b'@', field).is_some() {
            let spec = KindSpec::new(Kind::Email);
            search(field, 0..field.len(), Edges::default(), |candidate, address| {
                any |=
                    candidate == Candidate::Address && self.digester.try_add(spec, self.region, address, batch).is_ok();
            });
        }
        match any {
            true => batch.add_class(DataClass::EMAIL_ADDRESSES),
            false => batch.refused.push(Refused { record: batch.records, kind: None, reason: Reason::Empty }),
        }
    }

    /// The kind with the country that the record names, where the column does not say it.
    #[inline]
    pub(super) fn of_record(&self, spec: KindSpec) -> KindSpec {
        let open = !self.plan.countries.is_empty() && spec.kind.has_country() && spec.country.is_none();
        let named = KindSpec { country: self.region, ..spec };
        if open && !self.region.is_none() && crate::identifier::supports(named) { named } else { spec }
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
    pub(super) fn cell(
        &mut self,
        field: &[u8],
        Action { class, phone_prefix, numbers, .. }: Action,
        batch: &mut Batch,
    ) {
        if let Err(reason) = presence(field) {
            return batch.refused.push(Refused { record: batch.records, kind: None, reason });
        }
        let kinds = kinds_of_cell(field, self.region, numbers, self.digester.canonicalizer());
        let has_names = class == Some(DataClass::USERNAMES);
        for kind in kinds.into_iter().flatten() {
            // What is both is a telephone number nearly always, and exposes no more than that. In a column of logins, what has
            // letters and the check digit of a vehicle is a user name nearly always.
            let is_name = has_names && kind == Kind::Vin;
            let spec = KindSpec::new(kind);
            let class = if is_name { Some(DataClass::USERNAMES) } else { class_of_kind(kinds[1].unwrap_or(kind)) };
            match kind {
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
            Numbers::WithoutPlus if is_plain_number(text) && text[0] != b'0' => "+",
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

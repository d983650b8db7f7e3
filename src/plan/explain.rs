//! What a value can be: the canonical forms under every kind, or why the kind refuses it. The answer to "why was this not
//! found?".

use super::tier::Tier;
use crate::digest::Variant;
use crate::identifier::{Canonical, Canonicalizer, Country, Form, Kind, KindSpec, Reason};
use zeroize::Zeroizing;

/// What one kind says about a value.
#[derive(Debug)]
pub struct Explanation {
    /// The kind and form as which the value was read.
    pub asked: KindSpec,
    /// The canonical forms, or why there are none.
    pub outcome: Result<Vec<Written>, Reason>,
}

/// One canonical form of a value: what a dump stores, and what a list asks for.
pub struct Written {
    /// The kind, the country that was found, and the form.
    pub spec: KindSpec,
    /// The variant of its digest.
    pub variant: Variant,
    /// What a meeting of this form is worth.
    pub tier: Tier,
    /// The canonical form itself.
    pub text: Zeroizing<String>,
}

/// Prints everything but the value.
impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Written { spec, variant, tier, text } = self;
        write!(f, "Written({spec}, {variant:?}, {tier:?}, {} bytes)", text.len())
    }
}

/// Reads a value as every kind, or as one.
///
/// Output: one explanation a kind and form, in the order of the kinds. A kind of which values are joined from columns takes them
/// from one text here, the date or postcode last.
pub fn explain(value: &[u8], only: Option<KindSpec>, region: Country, lenient: bool) -> Vec<Explanation> {
    let mut canonicalizer = Canonicalizer::new().lenient(lenient);
    let specs = match only {
        Some(spec) => vec![spec],
        None => Kind::ALL.into_iter().flat_map(written_forms).collect(),
    };
    let explained = specs.into_iter().map(|asked| {
        let outcome = canonicalizer.canonicalize(asked, region, value).map(|canonical| forms(asked.kind, &canonical));
        Explanation { asked, outcome }
    });
    explained.collect()
}

/// The forms in which dumps hold a kind: plain, and hashed.
fn written_forms(kind: Kind) -> impl Iterator<Item = KindSpec> {
    let forms = Form::ALL.into_iter().filter(move |form| kind.has_form(*form));
    forms.filter(|form| *form == Form::Plain || form.is_hash()).map(move |form| KindSpec::hashed(kind, form))
}

fn forms(kind: Kind, canonical: &Canonical<'_>) -> Vec<Written> {
    let spec = KindSpec { kind, country: canonical.country, form: canonical.form };
    let written = |spec: KindSpec, variant: Variant, tier: Tier, bytes: &[u8]| {
        let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        Written { spec, variant, tier: if kind.is_weak() { Tier::Weak } else { tier }, text }
    };
    let own = match spec.form {
        Form::Loose | Form::Unchecked => Tier::Loose,
        _ => Tier::Exact,
    };
    let mut forms = vec![written(spec, Variant::of(spec.form), own, canonical.exact)];
    let alias = if canonical.folds_loosely { Tier::Loose } else { Tier::Alias };
    forms.extend(canonical.fold.map(|fold| written(spec, Variant::Alias, alias, fold)));
    let left = match kind {
        Kind::NationalId | Kind::Passport => KindSpec { country: Country::NONE, ..spec },
        _ => spec,
    };
    forms.extend(canonical.loose.map(|loose| written(left, Variant::Loose, Tier::Loose, loose)));
    for other in canonical.others() {
        let spec = KindSpec { country: other.country, ..spec };
        let alias = if other.folds_loosely { Tier::Loose } else { Tier::Alias };
        forms.push(written(spec, Variant::Exact, own, other.exact));
        forms.extend(other.fold.map(|fold| written(spec, Variant::Alias, alias, fold)));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(value: &str, kind: &str, region: Country) -> Result<Vec<String>, Reason> {
        let spec = KindSpec::parse(kind).expect("a kind");
        let explained = explain(value.as_bytes(), None, region, false);
        let found = explained.into_iter().find(|explanation| explanation.asked == spec).expect("every kind is there");
        let line = |form: &Written| format!("{} {} {}", form.variant.name(), form.tier.name(), *form.text);
        found.outcome.map(|forms| forms.iter().map(line).collect())
    }

    #[test]
    fn forms_and_refusals_are_told() {
        let check = |value: &str, kind: &str, want: Result<&[&str], Reason>| {
            let want = want.map(|lines| lines.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(outcome(value, kind, Country::NONE), want, "{value} as {kind}");
        };
        check("J.Doe+x@GMail.com", "email", Ok(&["exact exact j.doe+x@gmail.com", "alias alias jdoe@gmail.com"]));
        check("+86 138 1234 5678", "phone", Ok(&["exact exact 8613812345678", "loose loose 3812345678"]));
        check("13812345678", "phone", Ok(&["loose loose 3812345678"]));
        check("11010519491231002X", "national_id", Ok(&["exact exact 11010519491231002X"]));
        check("110105194912310021", "national_id", Err(Reason::Checksum));
        check("138****5678", "phone", Err(Reason::Masked));
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", explain(b"canary@example.com", None, Country::NONE, false));
        assert!(!shown.contains("canary") && shown.contains("18 bytes"), "{shown}");
    }
}

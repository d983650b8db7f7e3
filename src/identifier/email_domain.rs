//! The domain that somebody registered, of a domain name or of an e-mail address: whole companies.
//!
//! `anna@mail.corp.example` and `mail.corp.example` are both `corp.example`; under `co.uk` and its like it is one label
//! more. The Public Suffix List says where names are registered, with its private part: under `github.io` or
//! `blogspot.com` the company is the one before it. A suffix that is not in the list is one label, so that `corp.local`
//! is a domain. Free mail providers are domains like any other. A mask in the local part of an address does no harm
//! here.
//!
//! The list is compiled in (`psl`, which is released with every change of it), so that its age is that of the program:
//! a suffix that is made later puts its registrants together under one name until then.
//!
//! Source: the Public Suffix List and its algorithm; UTS #46 (A-labels).

use super::email::push_domain;
use super::refuse::{is_masked_text, is_placeholder};
use super::{Forms, Reason};

/// RFC 1035 section 2.3.4, as text without the dot at its end.
const DOMAIN_BYTES_MAX: usize = 253;

/// Writes the registrable domain.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let domain = domain_of(text);
    if is_masked_text(domain) || domain.contains('*') {
        return Err(Reason::Masked);
    }
    if is_placeholder(domain) {
        return Err(Reason::Placeholder);
    }
    push_domain(domain, &mut forms.exact)?;
    if forms.exact.len() > DOMAIN_BYTES_MAX {
        return Err(Reason::Length);
    }
    let kept = registrable(&forms.exact).ok_or(Reason::Syntax)?.len();
    forms.exact.drain(..forms.exact.len() - kept);
    Ok(())
}

/// What stands behind the last `@`, without what surrounds it in a header or a link.
fn domain_of(text: &str) -> &str {
    let text = text.strip_suffix('>').unwrap_or(text);
    let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
    domain.split_once('?').map_or(domain, |(domain, _)| domain).trim()
}

/// The part of a domain that somebody registered: its public suffix and one label more.
///
/// Input: A-labels in lower case without a dot at the end, as in a canonical e-mail address. Output: the end of the
/// input; none for a suffix alone. Cost: 40 ns, no heap.
pub fn registrable(domain: &[u8]) -> Option<&[u8]> {
    psl::domain(domain).map(|domain| domain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Result<String, Reason> {
        let mut forms = Forms::new();
        canonicalize(text, &mut forms).map(|()| String::from_utf8(forms.exact.clone()).unwrap())
    }

    #[test]
    fn names_and_addresses_give_the_registered_domain() {
        for (text, want) in [
            ("corp.example", "corp.example"),
            ("Mail.Corp.Example", "corp.example"),
            ("anna@mail.corp.example", "corp.example"),
            ("<anna@corp.example>", "corp.example"),
            ("mailto:anna@corp.example?subject=x", "corp.example"),
            ("@corp.example", "corp.example"),
            ("a***@corp.example", "corp.example"),
            ("corp.example.", "corp.example"),
            ("anna@shop.corp.co.uk", "corp.co.uk"),
            ("anna@mail.corp.com.cn", "corp.com.cn"),
            ("project.github.io", "project.github.io"),
            ("www.project.github.io", "project.github.io"),
            ("bücher.de", "xn--bcher-kva.de"),
            ("post@mail.bücher.de", "xn--bcher-kva.de"),
            ("XN--BCHER-KVA.de", "xn--bcher-kva.de"),
            ("www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"),
            ("gmail.com", "gmail.com"),
            ("host.corp.local", "corp.local"),
        ] {
            assert_eq!(domain(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_nobody_registered_is_refused() {
        for (text, want) in [
            ("com", Reason::Syntax),
            ("co.uk", Reason::Syntax),
            ("anna@co.uk", Reason::Syntax),
            ("github.io", Reason::Syntax),
            ("192.0.2.1", Reason::Syntax),
            ("anna@[192.0.2.1]", Reason::Syntax),
            ("localhost", Reason::Syntax),
            ("corp..example", Reason::Syntax),
            ("-corp.example", Reason::Syntax),
            ("corp_x.example", Reason::Syntax),
            ("", Reason::Placeholder),
            ("anna@", Reason::Placeholder),
            ("a@****.com", Reason::Masked),
            ("none", Reason::Placeholder),
        ] {
            assert_eq!(domain(text), Err(want), "{text}");
        }
        let long = format!("{}.example", ["abcdefghi"; 25].join("."));
        assert_eq!(domain(&long), Err(Reason::Length));
    }

    /// Rules, wildcards and exceptions of the list, from the test cases that its maintainers publish.
    #[test]
    fn the_algorithm_of_the_list() {
        for (name, want) in [
            ("biz", None),
            ("domain.biz", Some("domain.biz")),
            ("a.b.domain.biz", Some("domain.biz")),
            ("uk.com", None),
            ("b.example.uk.com", Some("example.uk.com")),
            ("test.ac", Some("test.ac")),
            ("mm", None),
            ("c.mm", None),
            ("b.c.mm", Some("b.c.mm")),
            ("a.b.c.mm", Some("b.c.mm")),
            ("ac.jp", None),
            ("test.ac.jp", Some("test.ac.jp")),
            ("kyoto.jp", None),
            ("test.kyoto.jp", Some("test.kyoto.jp")),
            ("ide.kyoto.jp", None),
            ("b.ide.kyoto.jp", Some("b.ide.kyoto.jp")),
            ("c.kobe.jp", None),
            ("b.c.kobe.jp", Some("b.c.kobe.jp")),
            ("city.kobe.jp", Some("city.kobe.jp")),
            ("www.city.kobe.jp", Some("city.kobe.jp")),
            ("ck", None),
            ("test.ck", None),
            ("b.test.ck", Some("b.test.ck")),
            ("www.ck", Some("www.ck")),
            ("www.www.ck", Some("www.ck")),
            ("k12.ak.us", None),
            ("test.k12.ak.us", Some("test.k12.ak.us")),
            ("xn--85x722f.com.cn", Some("xn--85x722f.com.cn")),
            ("xn--85x722f.xn--55qx5d.cn", Some("xn--85x722f.xn--55qx5d.cn")),
            ("xn--55qx5d.cn", None),
            ("xn--fiqs8s", None),
        ] {
            assert_eq!(registrable(name.as_bytes()), want.map(str::as_bytes), "{name}");
        }
    }
}

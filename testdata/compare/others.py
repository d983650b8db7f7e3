"""Telephone numbers, e-mail addresses, domains and check digits, asked of phonenumbers, email-validator, idna and python-stdnum."""

import idna
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import iban, luhn
from stdnum.exceptions import ValidationError


def phone(comparison, ask, source, count):
    """Every example number of the metadata, of every region and type, in the ways in which people write it."""
    written = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
            national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
            ways = {
                "E.164": e164,
                "international": international,
                "international with dashes": international.replace(" ", "-"),
                "RFC 3966": phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
                "00 in front": "00" + e164[1:],
                "national": national,
                "national without separators": "".join(c for c in national if c.isdigit()),
                "national with dots": national.replace(" ", ".").replace("-", "."),
            }
            written.setdefault(region, []).extend((way, text) for way, text in ways.items())
    for region, texts in written.items():
        for (way, text), (ours, reason) in zip(texts, ask("phone", region, [text for _, text in texts])):
            comparison.take(way, f"{text} ({region})", (ours and ours.get("exact"), reason), e164_of(text, region))


def e164_of(text, region):
    try:
        # What leads abroad from a region is not always 00.
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, region)
    except phonenumbers.NumberParseException as error:
        return None, error._msg.split(".")[0]
    if not phonenumbers.is_possible_number(number):
        return None, "not possible"
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:], None


LOCALS = (
    "a a.b a+b a-b a_b a.b.c 1 1a a1 o'brien a!b a#b a$b a%b a&b a*b a/b a=b a?b a^b a`b a{b a|b a}b a~b ä ö.ü ñandú 用户 अजय "
    "квіточка .a a. a..b a@b a,b a;b a:b a<b a>b a[b a]b a(b a)b a\\b".split()
    + ["a b", '"a b"', '"a"', "", "a" * 64, "a" * 65]
)
DOMAINS = (
    "mail.test.org gmail.com a.co xn--bcher-kva.de bücher.de 例子.公司 ΠΑΡΆΔΕΙΓΜΑ.gr faß.de sub.mail.co.uk a-b.org a--b.org 1.org 123.com "
    "MAIL.ORG mail.org. -a.org a-.org a..org .a.org localhost a_b.org a.b_c.org [127.0.0.1] 127.0.0.1 a.c a.1 ab--c.org xn--a.org "
    "a@b.org mail,org".split()
    + ["a b.org", "", "a" * 63 + ".org", "a" * 64 + ".org", ".".join(["a" * 63] * 3 + ["a" * 57, "org"]), "☕.org", "a\u200db.org"]
)


def email(comparison, ask, source, count):
    """Classes of local parts and of domains, each with each; then random ones."""
    values = [f"{local}@{domain}" for local in LOCALS for domain in DOMAINS] + [
        "a", "@", "a@", "@b.org", "mailto:a@b.org", "A <a@b.org>", "a@b@c.org", "a @b.org", "a@ b.org", "a@b .org",
    ]
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789.-_+"
    for _ in range(count):
        text = lambda longest: "".join(source.choice(alphabet) for _ in range(source.randint(1, longest)))
        values.append(f"{text(12)}@{text(8)}.{source.choice(['com', 'de', 'co.uk', 'org'])}")
    for value, (ours, reason) in zip(values, ask("email", None, values)):
        own = ours and ours.get("exact")
        comparison.take("addresses", value, (own, reason), address(value))


def address(value):
    try:
        said = validate_email(value, check_deliverability=False, allow_quoted_local=True, test_environment=True)
    except EmailNotValidError as error:
        return None, str(error).split(":")[0][:60]
    # It keeps the case of the local part, and writes the domain in Unicode.
    return f"{said.local_part.lower()}@{said.ascii_domain.lower()}", None


def domain(comparison, ask, source, count):
    """Domains of e-mail addresses by UTS 46."""
    letters = "abcxyz-0159äöüßéñçığşœæøåабвгдљњαβγςאבגابت例子公司東京かなカナ한국ไทยहिन्दी"
    domains = [name for name in DOMAINS if name and "@" not in name and " " not in name and "[" not in name]
    for _ in range(count):
        label = "".join(source.choice(letters) for _ in range(source.randint(1, 8)))
        domains.append(f"{label}.{source.choice(['com', 'de', 'org'])}")
    values = [f"a@{name}" for name in domains]
    for name, (ours, reason) in zip(domains, ask("email", None, values)):
        own = ours and ours.get("exact").split("@")[1]
        comparison.take("domains", name, (own, reason), ascii_of(name))


def ascii_of(name):
    try:
        return idna.encode(name.rstrip("."), uts46=True, transitional=False).decode().lower(), None
    except idna.IDNAError as error:
        return None, type(error).__name__


def check_digits(comparison, ask, source, count):
    """Payment cards and account numbers, with every check digit."""
    cards, accounts = [], []
    for _ in range(count):
        payload = source.choice(["4", "51", "2221", "34", "6011", "62"])
        length = 15 if payload == "34" else 16
        payload += "".join(source.choice("0123456789") for _ in range(length - 1 - len(payload)))
        cards.extend(payload + digit for digit in "0123456789")
    for value, (ours, reason) in zip(cards, ask("card", None, cards)):
        comparison.take("Luhn of cards", value, (ours and ours["exact"], reason), (value, None) if luhn.is_valid(value) else (None, "checksum"))
    shapes = {"DE": "9" * 18, "GB": "AAAA" + "9" * 14, "NL": "AAAA" + "9" * 10, "FR": "9" * 10 + "*" * 11 + "99", "SE": "9" * 20,
              "CH": "9" * 5 + "*" * 12, "AT": "9" * 16, "PL": "9" * 24, "IT": "A" + "9" * 10 + "*" * 12, "MT": "AAAA" + "9" * 5 + "*" * 18}
    classes = {"9": "0123456789", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "*": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    for _ in range(count // 20):
        for country, shape in shapes.items():
            rest = "".join(source.choice(classes[mark]) for mark in shape)
            accounts.extend(f"{country}{check:02}{rest}" for check in range(100))
    for value, (ours, reason) in zip(accounts, ask("iban", None, accounts)):
        try:
            other = iban.validate(value, check_country=False), None
        except ValidationError as error:
            other = None, type(error).__name__
        comparison.take("IBAN", value, (ours and ours["exact"], reason), other)


PARTS = {"check_digits": check_digits, "phone": phone, "email": email, "domain": domain}

"""National identity numbers, asked of python-stdnum."""

import importlib
from datetime import date, timedelta

from stdnum.exceptions import ValidationError

# Country, module of python-stdnum, how a number looks: 9 is a digit, A a letter, * either; what stands in braces is made by the
# function of that name; ? are the places that are tried with every digit, so that many values pass.
RULES = [
    ("CN", "cn.ric", "{cn_place}{yyyymmdd}999{digit_or_x}"),
    ("KR", "kr.rrn", "{yymmdd}999999?"),
    ("IN", "in_.aadhaar", "99999999999?"),
    ("IN", "in_.pan", "AAA{pan_holder}A9999A"),
    ("TR", "tr.tckimlik", "999999999??"),
    ("IL", "il.idnr", "99999999?"),
    ("ZA", "za.idnr", "{yymmdd}9999{zero_to_two}9?"),
    ("US", "us.ssn", "999-99-9999"),
    ("US", "us.itin", "9{us_itin}9999"),
    ("CA", "ca.sin", "99999999?"),
    ("MX", "mx.curp", "AAAA{yymmdd}{sex}{mx_state}AAA*?"),
    ("MX", "mx.rfc", "AAAA{yymmdd}**{digit_or_a}"),
    ("BR", "br.cpf", "999999999??"),
    ("AR", "ar.cuit", "{ar_kind}99999999?"),
    ("AR", "ar.dni", "99999999"),
    ("CL", "cl.rut", "99999999{digit_or_k}"),
    ("GB", "gb.nhs", "999999999?"),
    ("IE", "ie.pps", "9999999{letter}"),
    ("IE", "ie.pps", "9999999{letter}A"),
    ("ES", "es.dni", "99999999{letter}"),
    ("ES", "es.nie", "{xyz}9999999{letter}"),
    ("PT", "pt.nif", "99999999?"),
    ("PT", "pt.cc", "999999999**?"),
    ("IT", "it.codicefiscale", "AAAAAA99{it_month}99A999{letter}"),
    ("DE", "de.idnr", "{de_ten}?"),
    ("FR", "fr.nir", "{fr_sex}99{month}99999999{two}"),
    ("FR", "fr.nif", "{zero_to_three}999999999{three}"),
    ("NL", "nl.bsn", "99999999?"),
    ("BE", "be.nn", "{yymmdd}999{two}"),
    ("BE", "be.ssn", "{yy_bis_mm_dd}999{two}"),
    ("CH", "ch.ssn", "756999999999?"),
    ("AT", "at.vnr", "999?{ddmmyy}"),
    ("PL", "pl.pesel", "{yymmdd_pl}9999?"),
    ("PL", "pl.nip", "999999999?"),
    ("CZ", "cz.rc", "{yymmdd_cz}999?"),
    ("CZ", "cz.rc", "{yymmdd_cz}999"),
    ("SK", "sk.rc", "{yymmdd_cz}999?"),
    ("RO", "ro.cnp", "9{yymmdd}{ro_county}999?"),
    ("BG", "bg.egn bg.pnf", "{yymmdd_bg}999?"),
    ("HR", "hr.oib", "9999999999?"),
    ("SE", "se.personnummer", "{yymmdd}-999?"),
    ("SE", "se.personnummer", "{yyyymmdd}-999?"),
    ("NO", "no.fodselsnummer", "{ddmmyy}999{two}"),
    ("DK", "dk.cpr", "{ddmmyy}-9999"),
    ("FI", "fi.hetu", "{ddmmyy}{fi_sign}999{fi_check}"),
    ("GR", "gr.amka", "{ddmmyy}9999?"),
    ("GR", "gr.vat", "99999999?"),
    ("UA", "ua.rntrc", "999999999?"),
    ("EE", "ee.ik", "{ee_sex}{yymmdd}999?"),
    ("LT", "lt.asmens", "{ee_sex}{yymmdd}999?"),
    ("LV", "lv.pvn", "{ddmmyy}{zero_to_two}999?"),
    ("IS", "is_.kennitala", "{ddmmyy}999{is_century}"),
    ("TH", "th.pin", "999999999999?"),
    ("MY", "my.nric", "{yymmdd}999999"),
    ("ID", "id.nik", "{id_place}{ddmmyy_women}9999"),
    ("PK", "pk.cnic", "9999999999999"),
    ("EC", "ec.ci", "{ec_place}9999999?"),
    ("DO", "do.cedula", "9999999999?"),
    ("CR", "cr.cpf", "999999999"),
    ("CU", "cu.ni", "{yymmdd}99999"),
    ("PE", "pe.cui", "99999999?"),
    ("SI", "si.emso", "{ddmm}{yyy}99999?"),
    ("AU", "au.tfn", "99999999?"),
    ("NZ", "nz.ird", "{nz_eight}?"),
]

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHOICES = {
    "digit_or_x": list("0123456789X"),
    "digit_or_k": list("0123456789K"),
    "digit_or_a": list("0123456789A"),
    "letter": list(ALPHABET),
    "two": [f"{n:02}" for n in range(100)],
    "three": [f"{n:03}" for n in range(511)],
    "fi_check": list("0123456789ABCDEFHJKLMNPRSTUVWXY"),
}
TRIED = {"?": list("0123456789"), **CHOICES}


def day(source, first=1900, last=2026):
    begin = date(first, 1, 1)
    return begin + timedelta(days=source.randrange((date(last, 1, 1) - begin).days))


def two(source):
    return f"{source.randrange(100):02}"


def made(name, source):
    """A part of a number; one in twenty dates is none."""
    born = day(source)
    yy, mm, dd = f"{born.year % 100:02}", f"{born.month:02}", f"{born.day:02}"
    if source.randrange(20) == 0:
        mm, dd = source.choice([(two(source), dd), (mm, two(source))])
    shifted = lambda shifts: f"{(int(mm) + source.choice(shifts)) % 100:02}"
    parts = {
        "yyyymmdd": lambda: f"{born.year}{mm}{dd}",
        "yymmdd": lambda: yy + mm + dd,
        "ddmmyy": lambda: dd + mm + yy,
        "ddmmyy_women": lambda: f"{(int(dd) + source.choice([0, 40])) % 100:02}{mm}{yy}",
        "ddmm": lambda: dd + mm,
        "yyy": lambda: f"{day(source, 1890, 2026).year % 1000:03}",
        "yy_bis_mm_dd": lambda: yy + shifted([0, 20, 40]) + dd,
        "yymmdd_pl": lambda: yy + shifted([0, 0, 20, 80]) + dd,
        "yymmdd_cz": lambda: yy + shifted([0, 50, 20, 70]) + dd,
        "yymmdd_bg": lambda: yy + shifted([0, 0, 20, 40]) + dd,
        "month": lambda: mm,
        "cn_place": lambda: source.choice(["110105", "310104", "440304", "510108", "654001", "820000", "130102"]),
        "pan_holder": lambda: source.choice("ABCEFGHJKLPTDXZ"),
        "zero_to_two": lambda: source.choice("0123"),
        "zero_to_three": lambda: source.choice("01234"),
        "us_itin": lambda: two(source) + two(source),
        "sex": lambda: source.choice("HMX"),
        "mx_state": lambda: source.choice(["AS", "DF", "MC", "NE", "ZS", "YN", "XX", "JC"]),
        "ar_kind": lambda: source.choice(["20", "23", "24", "25", "26", "27", "30", "33", "34", "50", "51", "55", "22", "40"]),
        "xyz": lambda: source.choice("XYZKLM"),
        "it_month": lambda: source.choice("ABCDEHLMPRST"),
        "de_ten": lambda: de_ten(source),
        "fr_sex": lambda: source.choice("1122345678"),
        "ro_county": lambda: f"{source.choice(list(range(1, 53)) + [70, 80, 81, 82, 83]):02}",
        "ee_sex": lambda: source.choice("1234567"),
        "fi_sign": lambda: source.choice("+-AYXWVUBCDEF"),
        "is_century": lambda: source.choice("0989"),
        "id_place": lambda: source.choice(["317101", "327301", "110101", "737106", "920101", "217105"]),
        "ec_place": lambda: f"{source.choice(list(range(0, 27)) + [30]):02}",
        "nz_eight": lambda: f"{source.randrange(1_000_000, 15_000_000):08}",
    }
    return parts[name]()


def de_ten(source):
    """Ten digits of which most often one occurs twice, and the others once."""
    digits = source.sample("0123456789", 10)
    digits[source.randrange(10)] = source.choice(digits)
    if source.randrange(4) == 0:
        digits[source.randrange(10)] = source.choice("0123456789")
    return "".join(digits)


def numbers(shape, source):
    """Numbers of a shape: one for every way of writing its check characters, and no more than 40 of them."""
    written, rest = [""], shape
    while rest:
        if rest[0] == "{":
            name, rest = rest[1:].split("}", 1)
        else:
            name, rest = rest[0], rest[1:]
        if name in TRIED:
            ways = TRIED[name]
        elif name in ("9", "A", "*"):
            ways = [source.choice({"9": "0123456789", "A": ALPHABET, "*": "0123456789" + ALPHABET}[name])]
        else:
            ways = [made(name, source) if len(name) > 1 else name]
        written = [number + way for number in written for way in ways]
    return written if len(written) <= 100 else source.sample(written, 511 if len(written) == 511 else 100)


def theirs(modules, value):
    """What python-stdnum says: a number, or why not."""
    reason = None
    for module in modules:
        try:
            return module.validate(value), None
        except ValidationError as error:
            reason = type(error).__name__
        except Exception as error:  # It fails on some values: that is an answer too.
            reason = f"fails with {type(error).__name__}"
    return None, reason


def plain(number):
    return "".join(c for c in number.upper() if c.isalnum() or c == "+")


def compare(comparison, ask, source, count):
    for country, names, shape in RULES:
        modules = [importlib.import_module(f"stdnum.{name}") for name in names.split()]
        values = []
        while len(values) < count:
            values.extend(numbers(shape, source))
        if any(mark in shape for mark in ("{two}", "{three}", "{letter}")):
            values.extend(number for _ in range(count // 20) for number in numbers(shape, source))
        values = list(dict.fromkeys(values))
        for value, (ours, reason) in zip(values, ask(f"national_id:{country}", None, values)):
            own = plain(ours["exact"]) if ours else None
            other, why = theirs(modules, value)
            # Both take it, or both do not; the canonical forms are compared where python-stdnum does not rewrite the number.
            other = other if other is None else plain(other)
            name = f"{country} {names}"
            if own is not None and other is not None:
                own, other = written_as(country, own, value), written_as(country, other, value)
            comparison.take(name, value, (own, reason), (other, why))


def written_as(country, number, value):
    """Leaves out what the two write in different ways without meaning another number."""
    if country in ("FI", "SE"):
        return "".join(c for c in number if c.isalnum())[-10:]
    if country in ("PE",):
        return number[:8]
    return number.lstrip("0")

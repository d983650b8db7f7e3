"""Who is right where two implementations disagree, and by which source. What is not here is not known.

A verdict names the source that decides. "Seen" means that its text was read for this comparison; the others are the sources that
stand beside the rule in `src/identifier/national_id/`, or what the program promises in its own documents.
"""

FUTURE = "The program: a birthday in the future, or no day of the calendar, is refused; the other does not look at it."
WIDER = "The program: `--kind national_id:CC` asks every number of the country, and this is another one of its numbers."

# Part, the beginning of the name, what leakdex says, what the other says: the verdict.
VERDICTS = [
    ("national_id", "AR", "accepts", "InvalidComponent", "The program: RG 10/1997 of the AFIP gives 25 and 26 to persons too."),
    ("national_id", "BE be.nn", "accepts", "InvalidComponent", "The program: a number of the bis register has 20 or 40 more in its month (Royal Decree of 8 February 1991); the other has them in another module."),
    ("national_id", "BE be.", "refuses (syntax)", "accepts", "The program: 001 to 997 and 002 to 998 (seen: municipality of Zwalm, rijksregisternummer); 000 and 999 are no serial numbers."),
    ("national_id", "BE be.ssn", "refuses (checksum)", "accepts", FUTURE),
    ("national_id", "BG", "refuses (checksum)", "accepts", FUTURE),
    ("national_id", "CA", "accepts", "InvalidComponent", "Not decided: a number that begins with 0 is no social insurance number, but a tax number; the program takes both as the country's."),
    ("national_id", "CL cl.rut", "refuses (length)", "accepts", "Not decided: whether anybody has a number below 100,000 is not published; the program takes six digits and more before the check digit."),
    ("national_id", "CN", "accepts", "InvalidComponent", "The program on purpose: regions come and go, and only the first digit is checked (IDENTIFIERS: the region table is not to be copied)."),
    ("national_id", "CR", "refuses (syntax)", "accepts", "The program: nine digits begin with the province, which is no 0; the other puts a zero before any."),
    ("national_id", "CZ", "refuses (checksum)", "accepts", "The program: the last digit was 0 for a remainder of 10 until 1985 only (Act 133/2000, section 13)."),
    ("national_id", "CZ", "refuses (date)", "accepts", "The program: ten digits are given since 1954, so that year 40 is 2040; 20 and 70 are added to months since 2004."),
    ("national_id", "SK", "refuses (checksum)", "accepts", "The program: as in Czechia, until 1985 only."),
    ("national_id", "SK", "refuses (date)", "accepts", "The program: as in Czechia; in Slovakia nothing is added to months but the 50 of women."),
    ("national_id", "EE", "refuses (syntax)", "accepts", "The program: 7 and 8 are of people born from 2100 on."),
    ("national_id", "LT", "refuses (syntax)", "accepts", "The program: 7 and 8 are of people born from 2100 on."),
    ("national_id", "LV", "accepts", "InvalidComponent", "The program: since July 2017 a 3, a digit from 2 to 9, and nine random digits (Fizisko personu reģistra likums, section 12); the other looks for a birthday."),
    ("national_id", "LV", "refuses (date)", "accepts", FUTURE),
    ("national_id", "ES es.nie", "accepts", "InvalidFormat", "The program: K, L and M are tax numbers of persons (Real Decreto 1065/2007); the other has them in another module."),
    ("national_id", "FR fr.nif", "accepts", "Invalid", "Both: thirteen digits are a number of the register without its key too, and get it. " + WIDER),
    ("national_id", "FR fr.nir", "refuses (syntax)", "accepts", "The program: 5 and 6 are given to nobody (decree 82-103); the other takes any digit from 1."),
    ("national_id", "IE", "accepts", "Invalid", "The program: since 2013 any second letter from A to V is counted by the check letter; the other knows only some."),
    ("national_id", "IE", "another form", "another form", "The program on purpose: X marks a second employment of the same person, and is left out."),
    ("national_id", "GB gb.nhs", "refuses (reserved)", "accepts", "The program: numbers that begin with 999 are for tests, and given to nobody."),
    ("national_id", "ID", "accepts", "InvalidComponent", "The program: provinces 92 and 95 to 97 are newer than the table of the other."),
    ("national_id", "IN in_.pan", "accepts", "InvalidComponent", "Not decided: lists of the fourth letter have E (partnerships of limited liability) or do not (seen: several pages, none of the department's); the program takes it."),
    ("national_id", "ID", "refuses (syntax)", "accepts", "The program: serial numbers of a day and a district begin with 0001."),
    ("national_id", "IS", "accepts", "InvalidChecksum", "The program on purpose: numbers without a check digit are given since 18 February 2026."),
    ("national_id", "IS", "accepts", "InvalidFormat", "The program: 8 is the 19th century."),
    ("national_id", "IT", "refuses (syntax)", "accepts", "The program: letters of names are consonants, vowels, X (DM of 23 December 1976), and places begin with A to M or Z."),
    ("national_id", "KR", "accepts", "InvalidChecksum", "The program: what follows a birthday since October 2020 is random; the check digit of foreigners is two more."),
    ("national_id", "KR", "accepts", "InvalidComponent", "The program: what follows a birthday since October 2020 is random, and older numbers can be changed; the other wants a place below 97."),
    ("national_id", "KR", "refuses (checksum)", "accepts", "The program: the check digit of foreigners is two more. Not found in the pages that were searched: not shown."),
    ("national_id", "MX mx.curp", "accepts", "InvalidComponent", "The program: X is a sex since the instruction of 18 October 2021."),
    ("national_id", "PK", "accepts", "InvalidComponent", "Not decided: whether a number may begin with 8, or end in 0, is not published."),
    ("national_id", "PL pl.nip", "accepts", "InvalidChecksum", "Both: with its zero in front this is a PESEL, whose check digit proves it. " + WIDER),
    ("national_id", "PL pl.nip", "refuses (syntax)", "accepts", "The program: the first three digits are a tax office, from 101 on."),
    ("national_id", "PT pt.cc", "refuses (checksum)", "accepts", "The program: the ninth digit is the check digit of the number of civil identification; the other checks only the last."),
    ("national_id", "PT pt.nif", "refuses (syntax)", "accepts", "The program on purpose: only numbers of persons; 5, 6, 8 and 9 are of organisations."),
    ("national_id", "RO", "refuses (syntax)", "accepts", "The program: serial numbers of a county and a day begin with 001."),
    ("national_id", "SE", "accepts", "InvalidComponent", "The program: a coordination number has 60 more in its day (SKV 704)."),
    ("national_id", "SE", "refuses (syntax)", "accepts", "The program: birth numbers begin with 001 (SKV 704)."),
    ("national_id", "TH", "accepts", "InvalidComponent", "Not decided: whether 0 begins a number of people without a status of registration is not shown; the program takes it."),
    ("national_id", "US us.itin", "accepts", "InvalidComponent", "Both: a social security number. " + WIDER),
    ("national_id", "US us.ssn", "accepts", "InvalidComponent", "Both: a taxpayer number. " + WIDER),
    ("national_id", "ZA", "accepts", "InvalidComponent", "The program: 2 is of refugees."),
    ("national_id", "", "refuses (date)", "accepts", FUTURE),
    ("check_digits", "IBAN", "refuses (checksum)", "accepts", "The program: ISO 7064 MOD 97-10 makes 02 to 98, so that 00, 01 and 99 are never made."),
    ("phone", "", "refuses (length)", "accepts", "The program on purpose: a number that reaches a phone inside one city or one country only is no identity."),
    ("phone", "", "refuses (placeholder)", "accepts", "The program on purpose: 0123456789 is on the list of placeholders, although France, among others, has given it out. With its country code it is taken."),
    ("email", "", "accepts", "cannot end with a period", "The program: the dot of the root names the same domain (RFC 1034, 3.1), and is left out."),
    ("email", "", "accepts", "two letters followed by two das", "The program on purpose: RFC 5891 forbids it for new names, DNS and UTS 46 do not; dumps hold such names."),
    ("email", "", "accepts", "invalid characters before the @", "The program on purpose: `mailto:` is no part of an address."),
    ("email", "", "accepts", "A display name and angle brackets", "The program on purpose: a name before an address in angle brackets is none of it (RFC 5322, 3.4)."),
    ("email", "", "accepts", "unsafe characters", "The program on purpose: characters without width are left out before every rule."),
    ("email", "", "accepts", "Codepoint U+2615", "The program: UTS 46 maps symbols, and registries gave such names out; IDNA 2008 forbids them."),
    ("email", "", "refuses (length)", "accepts", "The program: 64 bytes before the @ (RFC 5321, 4.5.3.1.1)."),
    ("domain", "", "accepts", "InvalidCodepointContext", "The program on purpose: characters without width are left out before every rule."),
    ("domain", "", "accepts", "InvalidCodepoint", "The program: UTS 46 maps symbols, and registries gave such names out; IDNA 2008 forbids them."),
    ("domain", "", "accepts", "IDNAError", "The program on purpose: two hyphens at the third place are forbidden by RFC 5891, and not by UTS 46 without CheckHyphens."),
    ("domain", "", "refuses (length)", "accepts", "The program: a whole address has 254 bytes; the domain alone would be short enough."),
    ("domain", "", "refuses (placeholder)", "accepts", "The program on purpose: `a@a.com`, as which the domain is asked, stands for no address."),
    ("domain", "", "refuses (syntax)", "accepts", "The program on purpose: an address needs a domain of two labels, the last not of digits."),
]


def verdict(part, name, ours, theirs, value, own, other):
    for of_part, begins, our, their, text in VERDICTS:
        if part == of_part and name.startswith(begins) and our in ours and their in theirs:
            return text
    return None

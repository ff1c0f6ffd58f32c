"""How single values of the register are written, and what to write when one is not.

Source: ISO 3166-1 and 3166-2 (countries, subdivisions); IANA time zone database; RFC 5321 4.5.3.1
(lengths of addresses).
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from functools import cache

from tocsin.facts import sshsig
from tocsin.facts.errors import Refused
from tocsin.register.key_strength import check_strength
from tocsin.register.mistakes import nearest
from tocsin.register.model import Hours

_ISO_3166_1 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ
BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM
DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS
GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
VN VU WF WS YE YT ZA ZM ZW XK
"""
ZONES_ALIKE = 0.75
_COUNTRIES = frozenset(_ISO_3166_1.split())
_USUAL_SLIPS = {"UK": "GB", "EL": "GR", "EN": "GB", "USA": "US", "GER": "DE"}
_PLACE = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*"
)
_PHONE = re.compile(r"\+[0-9][0-9 ()./-]{4,24}")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:\S(?:.*\S)?")
_VERIFIER_KEY = re.compile(r"[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,}={0,2}")
_DURATION = re.compile(r"(?:(\d{1,4})d)?\s*(?:(\d{1,5})h)?\s*(?:(\d{1,6})m)?")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([a-z, -]+?)\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_SECRET_NAME = re.compile(r"pass(word|wd|phrase)?$|secret|token|api_?key|private_?key|credential")
_SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bglpat-[A-Za-z0-9_-]{16,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.|\btocsin_[A-Za-z0-9]{4,32}_[A-Za-z0-9_-]{22,}"
    r"|://[^/\s:@]*:[^/\s@]+@|hooks\.slack\.com/services/\S+"
)
SECRET_REMEDY = "write where it is found, not what it is: env:NAME or file:PATH"


def text_wrong(value: str) -> str | None:
    """A remedy when a one-line text is empty or holds control characters."""
    if not value.strip():
        return "write something, or leave the key out"
    if not value.isprintable():
        return "write it on one line, without control characters"
    return None


def id_wrong(value: str) -> str | None:
    """A remedy when this cannot be an id."""
    if _ID.fullmatch(value):
        return None
    return "an id is 1 to 64 letters, digits and ._- and begins with a letter or digit"


def country_wrong(value: str) -> str | None:
    """A remedy when this is no ISO 3166-1 country."""
    if value in _COUNTRIES:
        return None
    upper = value.upper()
    if upper in _USUAL_SLIPS or upper in _COUNTRIES:
        return f'did you mean "{_USUAL_SLIPS.get(upper, upper)}"?'
    if upper == "EU":
        return "name each member state: duties and authorities differ between them"
    return 'write a two-letter ISO 3166-1 code, such as "DE"'


def jurisdiction_meant(value: str) -> str:
    """The code that is surely meant: "us_ny" is US-NY, "uk" is GB; else the value as it is."""
    code = value.strip().upper().replace("_", "-")
    code = _USUAL_SLIPS.get(code, code) if code in ("UK", "USA", "EL") else code
    return code if code == "EU" or jurisdiction_wrong(code) is None else value


def jurisdiction_wrong(value: str) -> str | None:
    """A remedy when this is no country, nor a part of one as ISO 3166-2 writes it."""
    country, dash, _ = value.partition("-")
    if not dash:
        return country_wrong(value)
    if country in _COUNTRIES and _PLACE.fullmatch(value):
        return None
    upper = value.upper()
    if country.upper() in _COUNTRIES and _PLACE.fullmatch(upper):
        return f'did you mean "{upper}"?'
    if country_wrong(country) is not None:
        return country_wrong(country)
    return 'write the part as in ISO 3166-2, such as "US-CA"'


def email_wrong(value: str) -> str | None:
    """A remedy when this is no e-mail address."""
    if _EMAIL.fullmatch(value) and ".." not in value and len(value) <= 254:
        return None
    return 'write one plain address, such as "ada@example.org"'


def phone_wrong(value: str) -> str | None:
    """A remedy when this is no international telephone number."""
    if _PHONE.fullmatch(value):
        return None
    return 'write it with its country, such as "+49 30 1234567"'


def time_zone_wrong(value: str) -> str | None:
    """A remedy when the IANA database knows no such zone."""
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        zones = _zones()
    else:
        return None
    short = {name.rsplit("/", 1)[-1]: name for name in zones if "/" in name}
    town = value.replace(" ", "_").rsplit("/", 1)[-1]
    meant = nearest(town, short)
    if meant is not None and _is_near(town, meant):
        return f'did you mean "{short[meant]}"?'
    meant = nearest(value, zones)
    near = meant is not None and _is_near(value, meant)
    return f'did you mean "{meant}"?' if near else 'write an IANA name, such as "Europe/Berlin"'


def _is_near(value: str, meant: str) -> bool:
    """Whether one may have been written for the other: of short names every second one is alike."""
    likeness = difflib.SequenceMatcher(None, value.lower(), meant.lower()).ratio()
    return likeness >= ZONES_ALIKE


def public_key_wrong(value: str) -> str | None:
    """A remedy when this is no public SSH key that could prove a person."""
    try:
        check_strength(sshsig.parse_public(value))
    except (ValueError, Refused) as bad:
        return f"{bad}; write the line of a .pub file"
    return None


def verifier_key_wrong(value: str) -> bool:
    """Whether this cannot be the verifier key of a witness. Source: C2SP signed-note."""
    return _VERIFIER_KEY.fullmatch(value) is None


def secret_reference_wrong(value: str) -> str | None:
    """A remedy when this is not a place where a secret is found."""
    return None if _REFERENCE.fullmatch(value) else SECRET_REMEDY


def looks_secret(value: str) -> bool:
    """Whether a text looks like a secret itself: a private key, a token, a password in a URL."""
    return _SECRET_VALUE.search(value) is not None


def names_a_secret(key: str) -> bool:
    """Whether a key of this name would hold a secret."""
    return _SECRET_NAME.search(key.lower().replace("-", "_")) is not None


def minutes_of(value: str) -> int | None:
    """The minutes in a span such as "4h", "30m" or "1d 12h"; None when it is not one."""
    read = _DURATION.fullmatch(value.strip())
    if read is None or not any(read.groups()):
        return None
    days, hours, minutes = (int(part or 0) for part in read.groups())
    total = (days * 24 + hours) * 60 + minutes
    return total or None


def span_wrong(value: str) -> str | None:
    """A remedy when this is no span of time."""
    return None if minutes_of(value) else 'write a span, such as "30m", "4h" or "1d 12h"'


def hours_wrong(value: str) -> str | None:
    """A remedy when these are no working hours."""
    return None if hours_of(value) else 'write days and a span, such as "mon-fri 09:00-17:00"'


def url_wrong(value: str) -> str | None:
    """A remedy when this is no address on the web or of a mail server, nor says where one is found.

    An address may hold a token; then it is given as a secret is.
    """
    if secret_reference_wrong(value) is None:
        return None
    scheme, found, rest = value.partition("://")
    if (
        found
        and scheme in {"https", "http", "smtps", "smtp"}
        and rest.strip("/")
        and " " not in value
    ):
        return None
    return 'write a whole URL, such as "https://hooks.example.org/tocsin"'


def hours_of(value: str) -> Hours | None:
    """The working hours in a text such as "mon-fri 09:00-17:00"; None when it is not one."""
    read = _HOURS.fullmatch(value.strip().lower())
    if read is None:
        return None
    days = _days_of(read.group(1))
    h1, m1, h2, m2 = (int(part) for part in read.groups()[1:])
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if not days or m1 > 59 or m2 > 59 or start >= 24 * 60 or end > 24 * 60 or start == end:
        return None
    return Hours(days=days, from_minute=start, to_minute=end)


def _days_of(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if first == "daily" and not dash:
            found |= set(range(7))
        elif first in _DAYS and (not dash or last in _DAYS):
            begin = _DAYS.index(first)
            span = (_DAYS.index(last) - begin) % 7 if dash else 0
            found |= {(begin + step) % 7 for step in range(span + 1)}
        else:
            return ()
    return tuple(sorted(found))


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())

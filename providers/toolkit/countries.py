"""Countries as providers write them, in letters or in English, to ISO 3166-1 alpha-2; ZZ is unknown.

The names are those of ISO 3166-1 (pycountry: short, common and official ones), those of the CLDR (babel), and ALIASES. The
order of the words does not matter: "Korea, Republic of", "Republic of Korea" and "Korea (Republic of)" are one.
"""

import re
import unicodedata
from functools import cache, lru_cache

import pycountry
from babel import Locale

UNKNOWN = "ZZ"
LONGEST = 100  # letters of the longest name, and some
KOSOVO = "XK"  # user-assigned in ISO 3166-1, and everybody's word for it
LETTERS = {"UK": "GB", "EL": "GR"}  # the European Union's own words; reserved in ISO 3166-1

# What address databases call countries that neither ISO nor the CLDR names so.
ALIASES = {
    "Bonaire": "BQ",
    "Burma": "MM",
    "China, Mainland": "CN",
    "Congo (DRC)": "CD",
    "DR Congo": "CD",
    "DRC": "CD",
    "East Timor": "TL",
    "FYROM": "MK",
    "Great Britain": "GB",
    "Heard Island": "HM",
    "Hong Kong SAR": "HK",
    "Hong Kong SAR, PRC": "HK",
    "Ivory Coast": "CI",
    "Korea": "KR",
    "Libyan Arab Jamahiriya": "LY",
    "Macao SAR": "MO",
    "Macau": "MO",
    "Macau SAR": "MO",
    "Macau SAR China": "MO",
    "Macedonia": "MK",
    "Macedonia, the former Yugoslav Republic of": "MK",
    "Mainland China": "CN",
    "Palestine": "PS",
    "Palestinian Territory": "PS",
    "Palestinian Territory, Occupied": "PS",
    "Republic of Kosovo": "XK",
    "Reunion Island": "RE",
    "Svalbard": "SJ",
    "Swaziland": "SZ",
    "Taiwan, Republic of China": "TW",
    "Turkey": "TR",
    "USA": "US",
    "Vatican": "VA",
    "Vatican City State": "VA",
    "Zaire": "CD",
}


def country(text: str | None) -> str:
    """`JP`, `jp` and `Japan` are JP. What is neither the code nor the name of a country is ZZ: also `EU`, `AP` and `XX` of
    address databases, and codes of countries that are gone (`AN`, `CS`, `YU`)."""
    return UNKNOWN if text is None or len(text) > LONGEST else _code_of(text.strip())


@lru_cache(maxsize=4096)
def _code_of(word: str) -> str:
    if re.fullmatch("[A-Za-z]{2}", word):
        code = LETTERS.get(word.upper(), word.upper())
        return code if code == KOSOVO or pycountry.countries.get(alpha_2=code) else UNKNOWN
    return _names().get(_folded(word), UNKNOWN)


@cache
def _names() -> dict[tuple[str, ...], str]:
    """English names, folded, to their codes. Where several sources name one, the last counts: ALIASES."""
    codes = {one.alpha_2 for one in pycountry.countries} | {KOSOVO}
    found = {name: code for code, name in Locale("en").territories.items() if code in codes}
    for one in pycountry.countries:
        for kind in ("official_name", "common_name", "name"):
            if name := getattr(one, kind, ""):
                found[name] = one.alpha_2
    return {_folded(name): code for name, code in (found | ALIASES).items()}


def _folded(name: str) -> tuple[str, ...]:
    """Its words in order of the alphabet, without accents and case: "St. Barthélemy" and "Saint Barthelemy" are one, so are "&"
    and "and"."""
    plain = unicodedata.normalize("NFKD", name.replace("'", "").replace("’", "")).encode("ascii", "ignore").decode()
    spelled = re.sub(r"\bst\.? ", "saint ", plain.casefold().replace("&", " and ").replace("u.s.", "us"))
    return tuple(sorted(word for word in re.findall(r"[a-z]+", spelled) if word not in ("the", "of")))

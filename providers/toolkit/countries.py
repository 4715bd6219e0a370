"""Countries as providers write them, in letters or in English, to ISO 3166-1 alpha-2; ZZ is unknown."""

import re
import unicodedata
from functools import cache, lru_cache

from babel import Locale

UNKNOWN = "ZZ"

# Regions that the CLDR has a code for and ISO 3166-1 has none. XK is user-assigned there, and everybody's word for Kosovo.
NOT_ISO = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}

# What address databases and ISO itself call countries that the CLDR names otherwise.
ALIASES = {
    "Bolivia, Plurinational State of": "BO",
    "Bonaire, Sint Eustatius and Saba": "BQ",
    "Brunei Darussalam": "BN",
    "Burma": "MM",
    "Cabo Verde": "CV",
    "Congo": "CG",
    "Congo, Republic of the": "CG",
    "Republic of the Congo": "CG",
    "Congo, Democratic Republic of the": "CD",
    "Congo, The Democratic Republic of the": "CD",
    "Democratic Republic of the Congo": "CD",
    "DR Congo": "CD",
    "Czech Republic": "CZ",
    "East Timor": "TL",
    "Falkland Islands (Malvinas)": "FK",
    "Great Britain": "GB",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
    "UK": "GB",
    "Holy See": "VA",
    "Holy See (Vatican City State)": "VA",
    "Vatican": "VA",
    "Hong Kong": "HK",
    "Iran, Islamic Republic of": "IR",
    "Ivory Coast": "CI",
    "Korea, Democratic People's Republic of": "KP",
    "Korea, Republic of": "KR",
    "Republic of Korea": "KR",
    "Lao People's Democratic Republic": "LA",
    "Libyan Arab Jamahiriya": "LY",
    "Macao": "MO",
    "Macau": "MO",
    "Macedonia": "MK",
    "Macedonia, the former Yugoslav Republic of": "MK",
    "Micronesia, Federated States of": "FM",
    "Federated States of Micronesia": "FM",
    "Moldova, Republic of": "MD",
    "Republic of Moldova": "MD",
    "Myanmar": "MM",
    "Palestine": "PS",
    "Palestine, State of": "PS",
    "Palestinian Territory": "PS",
    "Palestinian Territory, Occupied": "PS",
    "Reunion Island": "RE",
    "Russian Federation": "RU",
    "Swaziland": "SZ",
    "Syrian Arab Republic": "SY",
    "Taiwan, Province of China": "TW",
    "Tanzania, United Republic of": "TZ",
    "Turkey": "TR",
    "United States of America": "US",
    "USA": "US",
    "Vatican City State": "VA",
    "Venezuela, Bolivarian Republic of": "VE",
    "Viet Nam": "VN",
    "Virgin Islands, British": "VG",
    "Virgin Islands, U.S.": "VI",
}


@lru_cache(maxsize=4096)
def country(text: str | None) -> str:
    """`JP`, `jp` and `Japan` are JP; what is neither two letters nor a country's name is ZZ."""
    word = (text or "").strip()
    if re.fullmatch("[A-Za-z]{2}", word):
        return _names().get(_folded(word), word.upper())
    return _names().get(_folded(word), UNKNOWN)


@cache
def _names() -> dict[str, str]:
    """English names, folded, to their codes."""
    territories = Locale("en").territories
    named = {name: code for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code) and code not in NOT_ISO}
    return {_folded(name): code for name, code in (named | ALIASES).items()}


def _folded(name: str) -> str:
    """Letters only, without accents and case: "St. Barthélemy" and "Saint Barthelemy" are one, so are "&" and "and"."""
    plain = unicodedata.normalize("NFKD", name.replace("'", "")).encode("ascii", "ignore").decode().casefold()
    spelled = re.sub(r"\bst\.? ", "saint ", plain.replace("&", " and "))
    return " ".join(word for word in re.findall(r"[a-z]+", spelled) if word != "the")

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

# What address databases, the United Nations, the World Bank and people call countries that neither ISO nor the CLDR names so.
ALIASES = {
    "AE": "UAE",
    "AG": "Antigua",
    "AX": "Åland",
    "BA": "Bosnia; Bosnia Herzegovina",
    "BL": "Saint Barths",
    "BQ": "Bonaire; Saba; Sint Eustatius; Saint Eustatius; Bonaire, Saint Eustatius and Saba",
    "CC": "Cocos Islands; Keeling Islands",
    "CD": "Congo (DRC); DR Congo; DRC; Zaire",
    "CG": "Congo Republic",
    "CI": "Ivory Coast",
    "CN": "China PRC; China PR; PRC; PR China; Mainland China",
    "EG": "Egypt, Arab Republic",
    "FK": "Falkland Islands (Islas Malvinas); Malvinas; Islas Malvinas",
    "FM": "Micronesia, Federated States",
    "FO": "Faeroe Islands",
    "FR": "Metropolitan France",
    "GB": "UK; Britain; Great Britain; England; Scotland; Wales; Northern Ireland",
    "GF": "French Guyana",
    "HK": "Hong Kong SAR; Hong Kong SAR, PRC; Hong Kong, China",
    "HM": "Heard Island",
    "IE": "Republic of Ireland",
    "IO": "Chagos Archipelago; Diego Garcia",
    "KN": "Saint Kitts",
    "KP": "DPRK; DPR Korea; N Korea",
    "KR": "Korea; S Korea; Republic of Korea (South)",
    "LA": "Lao PDR",
    "LY": "Libyan Arab Jamahiriya",
    "MK": "FYROM; TFYR Macedonia; Macedonia; Macedonia, the former Yugoslav Republic of",
    "MM": "Burma; Republic of the Union of Myanmar",
    "MO": "Macao SAR; Macau; Macau SAR; Macau SAR China; Macao, China; Macau, China",
    "MP": "Northern Marianas",
    "NL": "Holland",
    "NZ": "Aotearoa; Aotearoa New Zealand",
    "PF": "Tahiti",
    "PS": "Palestine; Palestinian Authority; Palestinian Territory; Palestinian Territory, Occupied; Gaza; Gaza Strip; "
    "West Bank; West Bank and Gaza; West Bank and Gaza Strip",
    "RE": "Reunion Island",
    "RU": "Russian Fed",
    "SA": "KSA",
    "SH": "Saint Helena, Ascension, Tristan da Cunha",
    "SJ": "Svalbard; Jan Mayen; Svalbard and Jan Mayen Islands",
    "ST": "Sao Tome",
    "SX": "Saint Maarten",
    "SZ": "Swaziland",
    "TC": "Turks and Caicos",
    "TF": "French Southern and Antarctic Lands",
    "TL": "East Timor",
    "TR": "Turkey",
    "TT": "Trinidad",
    "TW": "Chinese Taipei; Taiwan, China; China (Taiwan); Taiwan ROC; Taiwan, Republic of China",
    "US": "US; USA",
    "VA": "Holy See; Vatican; Vatican City State",
    "VE": "Venezuela, RB",
    "WF": "Wallis and Futuna Islands",
    "WS": "Western Samoa",
    "XK": "Republic of Kosovo",
    "ZZ": "Georgia (USA); Georgia (US); Georgia (United States)",  # of the country's own name a state
}
# How words are cut short in such lists.
SHORT = {
    "rep": "republic",
    "dem": "democratic",
    "fed": "federated",
    "sts": "states",
    "peoples": "people",
    "st": "saint",
}
INITIALS = re.compile(r"\b([a-z])\.(?=[a-z]\b|\s|\W|$)")  # u.s.a. is usa
IN_BRACKETS = re.compile(r"^([^()\[\]]+)[(\[][^()\[\]]*[)\]]$")


def country(text: str | None) -> str:
    """`JP`, `jp` and `Japan` are JP. What is neither the code nor the name of a country is ZZ: also `EU`, `AP` and `XX` of
    address databases, and codes of countries that are gone (`AN`, `CS`, `YU`)."""
    return UNKNOWN if text is None or len(text) > LONGEST else _code_of(text.strip())


@lru_cache(maxsize=4096)
def _code_of(word: str) -> str:
    if re.fullmatch("[A-Za-z]{2}", word):
        code = LETTERS.get(word.upper(), word.upper())
        return code if code == KOSOVO or pycountry.countries.get(alpha_2=code) else UNKNOWN
    names, before = _names(), IN_BRACKETS.match(word)
    if (known := names.get(_folded(word))) or before is None:
        return known or UNKNOWN
    return names.get(_folded(before[1]), UNKNOWN)  # Macedonia (FYROM), Puerto Rico (US)


@cache
def _names() -> dict[tuple[str, ...], str]:
    """English names, folded, to their codes. Where several sources name one, the last counts: ALIASES."""
    codes = {one.alpha_2 for one in pycountry.countries} | {KOSOVO}
    found = {name: code for code, name in Locale("en").territories.items() if code in codes}
    for one in pycountry.countries:
        for kind in ("official_name", "common_name", "name"):
            if name := getattr(one, kind, ""):
                found[name] = one.alpha_2
    found |= {name: code for code, names in ALIASES.items() for name in names.split("; ")}
    return {_folded(name): code for name, code in found.items()}


def _folded(name: str) -> tuple[str, ...]:
    """Its words in order of the alphabet, without accents and case, whole: "St. Barthélemy" and "Saint Barthelemy" are one, so
    are "&" and "and", "U.S." and "US", "Dem. Rep." and "Democratic Republic"."""
    plain = unicodedata.normalize("NFKD", name.replace("'", "").replace("’", "")).encode("ascii", "ignore").decode()
    spelled = INITIALS.sub(r"\1", plain.casefold().replace("&", " and "))
    words = (SHORT.get(word, word) for word in re.findall(r"[a-z]+", spelled))
    return tuple(sorted(word for word in words if word not in ("the", "of")))

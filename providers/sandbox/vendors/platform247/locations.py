"""Where 247platform's viewers are: continents, countries, regions and cities, as that vendor writes them."""

import re
from collections import defaultdict
from functools import lru_cache

from ...truth import draw, split

# The vendor's maps are continent -> "Country|CC" -> region -> city; the names here are whole, see `cut`.
WORLD: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "EU": {
        "Spain|ES": {
            "Madrid": ("Madrid", "Móstoles"),
            "Andalucia": ("Mijas", "Málaga", "Sevilla"),
            "Murcia": ("Murcia", "Los Alcázares"),
            "Galicia": ("A Coruña", "Vigo"),
            "unknown": ("unknown",),
        },
        "Germany|DE": {"Berlin": ("Berlin",), "Bayern": ("Munich", "Fürth"), "unknown": ("unknown",)},
        "Czech Republic|CZ": {"Hlavni mesto Praha": ("Prague",), "Jihomoravsky kraj": ("Brno", "Břeclav")},
        "Slovakia|SK": {"Bratislava": ("Bratislava",), "Nitra": ("Nové Zámky", "Nitra")},
        "France|FR": {"Ile-de-France": ("Paris", "Créteil"), "Aquitaine": ("Bordeaux",)},
        "United Kingdom|GB": {"England": ("London", "Manchester"), "Scotland": ("Glasgow",)},
    },
    "NA": {
        "United States|US": {"California": ("Los Angeles", "San José"), "New York": ("New York",)},
        "Mexico|MX": {"Jalisco": ("Guadalajara",), "Yucatan": ("Mérida",)},
    },
    "AS": {"Japan|JP": {"Tokyo": ("Tokyo",), "unknown": ("unknown",)}},
}
COUNTRIES = [(continent, country) for continent, countries in WORLD.items() for country in countries]
Regions = dict[str, dict[str, int]]


def cut(name: str) -> str:
    """The vendor cuts a name at its first letter that is not ASCII: `Los Alc`, `A Coru`, `M`."""
    return re.split(r"[^\x00-\x7f]", name)[0]


@lru_cache(maxsize=1 << 12)
def _country_weights(seed: int, account: str, video: str) -> list[int]:
    """How a video's viewers fall on the countries: the first have most."""
    return [900 // (i + 1) + draw(seed, account, video, country) % 90 for i, (_, country) in enumerate(COUNTRIES)]


def located(seed: int, account: str, video: str, addresses: int) -> dict[tuple[str, str], Regions]:
    """(continent, country) -> region -> city -> addresses; all sum to the addresses, and nothing is 0."""
    found: dict[tuple[str, str], Regions] = {}
    for (continent, country), count in zip(
        COUNTRIES, split(addresses, _country_weights(seed, account, video)), strict=True
    ):
        regions = _regions(WORLD[continent][country], count)
        if regions:
            found[continent, country] = regions
    return found


def _regions(cities_of: dict[str, tuple[str, ...]], count: int) -> Regions:
    """A country's addresses over its regions and their cities; the earlier named have more."""
    regions: Regions = {}
    weights = [12 // (index + 1) + 1 for index in range(len(cities_of))]
    for (region, cities), part in zip(cities_of.items(), split(count, weights), strict=True):
        found: dict[str, int] = defaultdict(int)
        for city, number in zip(cities, split(part, [3 - i % 3 for i in range(len(cities))]), strict=True):
            found[cut(city)] += number
        shown = {city: number for city, number in found.items() if number}
        if shown:
            regions[region] = shown
    return regions

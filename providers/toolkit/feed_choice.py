"""Which of a provider's feeds a connection syncs: the provider's defaults, plus and minus what the connection names.

An entry of `Connection.feeds` is a name or a glob; one that begins with - takes away what it matches. They are read in order,
and of those that match a feed the last one decides: `["*.hour", "-device_count.*"]`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from providers.toolkit.feeds import Feed
from providers.toolkit.provider import Provider

ChosenFeed = tuple[Feed, Sequence[str]]  # with the kinds of assets that it is asked for
AWAY = "-"
GLOB = frozenset("*?[")


def chosen(provider: Provider, entries: Iterable[str], options: Mapping[str, Any]) -> list[ChosenFeed]:
    """The feeds of a plain sync, in the provider's order."""
    names = chosen_names(provider, entries, options)
    return [(feed, tuple(feed.kinds_for(options))) for feed in provider.feeds if feed.name in names]


def chosen_names(provider: Provider, entries: Iterable[str], options: Mapping[str, Any]) -> set[str]:
    names = {feed.name for feed in provider.feeds if feed.is_default(options)}
    for entry in entries:
        matched = {feed.name for feed in provider.feeds if fnmatchcase(feed.name, entry.removeprefix(AWAY))}
        names = names - matched if entry.startswith(AWAY) else names | matched
    return names


def complaints(provider: Provider, entries: Any, options: Mapping[str, Any]) -> list[str]:
    """A sentence for each entry that can't be meant, and where nothing is left to sync."""
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        return ["feeds is a list of names or globs."]
    found = [_unknown(provider, entry) for entry in entries if not _matches(provider, entry)]
    if not found and not chosen_names(provider, entries, options):
        found = ["No feed is left to sync. Choose one, or pause the connection."]
    return found


def rewritten(
    provider: Provider, entries: Sequence[str], options: Mapping[str, Any], wanted: Collection[str]
) -> list[str]:
    """Entries that choose just the feeds `wanted`. Those that are there stay where they choose that already, and globs stay
    in any case: they speak of feeds to come, too."""
    if chosen_names(provider, entries, options) == set(wanted):
        return list(entries)
    globs = [entry for entry in entries if GLOB & set(entry)]
    by_globs = chosen_names(provider, globs, options)
    names = [feed.name for feed in provider.feeds]
    away = [f"{AWAY}{name}" for name in names if name in by_globs and name not in wanted]
    return globs + [name for name in names if name in wanted and name not in by_globs] + away


def _matches(provider: Provider, entry: str) -> bool:
    return any(fnmatchcase(feed.name, entry.removeprefix(AWAY)) for feed in provider.feeds)


def _unknown(provider: Provider, entry: str) -> str:
    names = [feed.name for feed in provider.feeds]
    near = get_close_matches(entry.removeprefix(AWAY), names, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names[:9])}{', …' if len(names) > 9 else ''}."
    return f"{provider.name} has no feed “{entry}”. {hint}"

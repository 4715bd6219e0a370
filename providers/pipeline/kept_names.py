"""The names of a reading as their columns can hold them, and what must be said of those that are not as they came.

A name that is too long is cut and ends in a digest of the whole; what no text can hold becomes `�`. The rest of the answer is
stored as ever, the note is kept with its snapshot and its run, and the whole name is in the raw answer.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from providers.toolkit.rows import AssetSeen, SessionSeen
from reporting.models import Asset, Fact, PpvSession
from reporting.vendor_text import address, clean, fitted


def _longest(model: type, name: str) -> int:
    return model._meta.get_field(name).max_length  # type: ignore[attr-defined, no-any-return]


LONGEST_KEY = _longest(Fact, "key")
LONGEST_ID, LONGEST_TITLE, LONGEST_STATUS = (_longest(Asset, name) for name in ("external_id", "title", "status"))
LONGEST_PLACE, LONGEST_COUNTRY, LONGEST_IP = (_longest(PpvSession, name) for name in ("place", "country_name", "ip"))
LONGEST_AGENT = 2000  # its column has no end, but a page has
MOST_ACTIVATIONS = 2**31 - 1
SHOWN = 80  # letters of a name in a note
CUT = "too long to be kept: cut, each ends in ~ and a digest of the whole"
REPLACED = "with characters that can't be kept, shown as �"
UNCOUNTED = "with a number of activations that can't be kept"


@dataclass
class KeptNames:
    """Counts what it changes; `notes()` says it."""

    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    known: dict[tuple[str, int], str] = field(default_factory=dict)  # of one answer: a name stands in many of its rows

    def key(self, name: str) -> str:
        if len(name) <= LONGEST_KEY and name.isprintable():
            return name
        return self._kept("name", name, LONGEST_KEY)

    def external_id(self, name: str) -> str:
        if len(name) <= LONGEST_KEY and name.isprintable():
            return name
        return self._kept("name", name, LONGEST_ID)

    def asset(self, seen: AssetSeen) -> AssetSeen:
        return seen._replace(
            external_id=self.external_id(seen.external_id),
            title=self._kept("title", seen.title, LONGEST_TITLE),
            status=self._kept("status", seen.status, LONGEST_STATUS),
        )

    def session(self, seen: SessionSeen) -> SessionSeen:
        """Also with its address in one spelling. No example of what is personal is given."""
        kept = partial(self._kept, shows=False)
        left = seen.left_activations
        if left is not None and not -MOST_ACTIVATIONS <= left <= MOST_ACTIVATIONS:
            self._note("session", UNCOUNTED, "")
            left = None
        return seen._replace(
            ip=kept("address", address(seen.ip), LONGEST_IP),
            place=kept("place", seen.place, LONGEST_PLACE),
            country_name=kept("country", seen.country_name, LONGEST_COUNTRY),
            user_agent=kept("browser", seen.user_agent, LONGEST_AGENT),
            left_activations=left,
        )

    def notes(self) -> list[str]:
        """A sentence for each kind of change."""
        return [
            f"{count} {noun if count == 1 else f'{noun}s'} {what}{self.examples[noun, what]}."
            for (noun, what), count in self.changed.items()
        ]

    def _kept(self, noun: str, name: str, longest: int, shows: bool = True) -> str:
        found = self.known.get((name, longest))
        if found is None:
            found = fitted(name, longest)
            if found != name:
                self.known[name, longest] = found
                self._note(noun, REPLACED if found == clean(name) else CUT, name if shows else "")
        return found

    def _note(self, noun: str, what: str, name: str) -> None:
        self.changed[noun, what] += 1
        shown = clean(name[:SHOWN]) + ("…" if len(name) > SHOWN else "")
        self.examples.setdefault((noun, what), f" ({shown})" if name else "")

"""The formats that a report can be written in. Each module of a format registers its own; all else asks here.

    register(Export("csv", "text/csv", write))      in the module of the format
    EXPORTS["csv"].write(document) -> b"…", b"…"

The API (`format=`, Accept, the OpenAPI schema), the command `report` and the buttons of a page follow from what is registered.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reporting.exports.document import Document


@dataclass(frozen=True)
class Export:
    """`name` is the word in addresses and commands, and the ending of the file. `button` is the word on a customer's page;
    without one there is no button. `is_binary`: not for a terminal. `charset`: of text whose type does not say it."""

    name: str
    media_type: str
    write: Callable[[Document], Iterable[bytes]]
    button: str = ""
    is_binary: bool = False
    charset: str = ""

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; charset={self.charset}" if self.charset else self.media_type


EXPORTS: dict[str, Export] = {}


def register(export: Export) -> None:
    """Raises ValueError for a second export of the same name."""
    if export.name in EXPORTS:
        raise ValueError(f"There is an export “{export.name}” already.")
    EXPORTS[export.name] = export


def buttons() -> dict[str, str]:
    """{name: word on the button}: the formats of a page, those of office programs first."""
    exports = sorted(EXPORTS.values(), key=lambda export: not export.is_binary)
    return {export.name: export.button for export in exports if export.button}

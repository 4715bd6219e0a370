"""The vendors: a folder and a line for each, in the order in which the sandbox names them."""

from collections.abc import Iterable
from importlib import import_module

from ..vendor import Vendor

FOLDERS = (
    "platform247",
    "boomstream",
    "smartstream",
    "callfire",
    "scaleengine",
)


def load(folders: Iterable[str]) -> dict[str, Vendor]:
    """The vendors of these folders, by name."""
    found: list[Vendor] = [import_module(f"{__name__}.{folder}").VENDOR for folder in folders]
    return {vendor.name: vendor for vendor in found}


VENDORS = load(FOLDERS)

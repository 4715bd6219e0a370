"""Being in `providers/catalog/` is being registered: each module there declares one Provider."""

import importlib
import inspect
import pkgutil
from functools import cache
from types import ModuleType

from providers import catalog
from providers.toolkit.provider import Provider


class UnknownProvider(LookupError):
    """No file of the catalog has this slug; the text lists those there are."""


@cache
def all_providers() -> dict[str, Provider]:
    """Slug -> provider, in the order of their names."""
    modules = [importlib.import_module(f"{catalog.__name__}.{m.name}") for m in pkgutil.iter_modules(catalog.__path__)]
    providers = sorted((declared(module) for module in modules), key=lambda provider: provider.name.lower())
    return {provider.slug: provider for provider in providers}


def declared(module: ModuleType) -> Provider:
    """The one provider that a catalog module declares."""
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Provider) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} declares {len(found)} providers; a catalog file declares one.")
    return found[0]()


def get(slug: str) -> Provider:
    """Raises UnknownProvider."""
    try:
        return all_providers()[slug]
    except KeyError:
        known = ", ".join(all_providers())
        raise UnknownProvider(f"There is no provider “{slug}”; there are {known}.") from None

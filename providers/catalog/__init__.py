"""One file a provider. Nothing else needs to know of a new one; `docs/providers.md` shows how to write it."""

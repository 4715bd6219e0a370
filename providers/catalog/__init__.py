"""One file a provider. Nothing else needs to know of a new one; `docs/writing-a-provider.md` shows how to write it."""

"""The commands sync, replay, prune, provision, demo and sandbox; selection: the arguments that the first three share."""

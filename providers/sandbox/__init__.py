"""The five vendors' side, as a local HTTP server: to try without credentials, to test, to demonstrate, to break on purpose.

Written from the vendors' own pages and from nothing of ours: it imports neither the rest of `providers` nor `reporting`,
so that a misreading of a page is not made twice.
"""

from .server import Sandbox

__all__ = ["Sandbox"]

"""How long the property tests run: a short profile by default, and `PROPERTY_EXAMPLES=20000` for a long one.

The short one asks the same questions each time; the long one asks others each time. With `PROPERTY_SHRINK=0` the first failing
example is shown as it is, at once.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = os.environ.get("PROPERTY_EXAMPLES")
SHRINKS = os.environ.get("PROPERTY_SHRINK") != "0"


def profile(examples: int, **more: Any) -> settings:
    """So many examples, unless PROPERTY_EXAMPLES says otherwise."""
    return settings(
        max_examples=int(EXAMPLES or examples),
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if SHRINKS else [])],
        suppress_health_check=list(HealthCheck),
        **more,
    )

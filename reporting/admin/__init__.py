"""The admin console, for platform staff: one module for each group of models.

The middleware opens every tenant's rows around requests to it; what must stay within one tenant (whose customer, whose asset)
is held by `base.TenantForm`. Connections are registered in `providers/admin.py`, since their form asks for each provider's
credentials. Facts have composite keys, which ModelAdmin can't show: `facts.py` lists them.
"""

from reporting.admin import assets, fetching, ledger, people, programmes, site

__all__ = ["assets", "fetching", "ledger", "people", "programmes", "site"]

"""What Django writes of an unexpected error, in a mail to ADMINS or on the page of DEBUG: where it happened, and no value.

Django's own filter knows settings and names of variables; a form's fields and a frame's locals can hold any secret.
"""

from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest, QueryDict
from django.views.debug import SafeExceptionReporterFilter


class NoValues(SafeExceptionReporterFilter):
    """Active with DEBUG too."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        posted = {} if request is None else request.POST
        names = posted.keys() if isinstance(posted, QueryDict) else ()
        return dict.fromkeys(names, self.cleansed_substitute)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()

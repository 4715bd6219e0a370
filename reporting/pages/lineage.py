"""Pages that lead from a figure to the answers behind it. For a tenant's managers and analysts, and
for platform staff with the permissions."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.models import Snapshot, SnapshotPart
from reporting.query import NotThere, TooMuch
from reporting.query.parameters import WrongParameters
from reporting.reports import raw_answers
from reporting.reports.lineage import LineagePage
from reporting.reports.reading import ReadingPage
from reporting.tenancy.access import Right
from reporting.tenancy.decorators import for_tenant, needs
from reporting.tenancy.requests import TenantRequest


@never_cache
@require_safe
@for_tenant
@needs(Right.FACTS)
def lineage(request: TenantRequest) -> HttpResponse:
    """A figure, its facts, and the readings that they were taken from."""
    access = request.access
    page = LineagePage(access.tenant, access.reader, dict(request.GET.lists()))
    context: dict[str, Any] = {"tenant": access.tenant, "page": page}
    try:
        page.lineage.result, page.page  # noqa: B018  both are asked here, so that a refusal is shown
    except (WrongParameters, TooMuch) as error:
        return render(request, "reporting/lineage_refused.html", context | {"error": error}, status=400)
    except NotThere as error:
        raise Http404(str(error)) from None
    return render(request, "reporting/lineage.html", context | {"customer": page.customer})


@never_cache
@require_safe
@for_tenant
@needs(Right.ANSWERS)
def reading(request: TenantRequest, snapshot: int) -> HttpResponse:
    """A snapshot with its parts, and the beginning of one of them."""
    part = _part(request, snapshot)
    page = ReadingPage(part.snapshot, part)
    return render(request, "reporting/reading.html", {"tenant": request.access.tenant, "page": page})


@never_cache
@require_safe
@for_tenant
@needs(Right.ANSWERS)
def answer(request: TenantRequest, snapshot: int) -> HttpResponse:
    """A part as it came, as a file."""
    return raw_answers.as_file(_part(request, snapshot))


def _part(request: TenantRequest, snapshot_id: int) -> SnapshotPart:
    """Of the address: the snapshot, and its part `part`, the first where it is left out. Answers that hold personal data
    need a right of their own."""
    related = Snapshot.objects.select_related("connection", "asset")
    snapshot: Snapshot = get_object_or_404(related, pk=snapshot_id)
    if snapshot.is_personal and Right.PERSONAL_DATA not in request.access.rights:
        raise Http404("personal data")
    word = request.GET.get("part", "1")
    number = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
    part: SnapshotPart = get_object_or_404(
        SnapshotPart.objects.select_related("base"), snapshot=snapshot, number=number
    )
    part.snapshot = snapshot
    return part

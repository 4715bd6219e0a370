"""Pages that lead from a figure to the answers behind it. Not for customers' members: to them there are no such pages."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.models import Snapshot, SnapshotPart
from reporting.query import NotThere, TooMuch
from reporting.query.parameters import WrongParameters
from reporting.reports import raw_answers
from reporting.reports.lineage import LineagePage, ReadingPage


@never_cache
@require_safe
def lineage(request: HttpRequest, tenant: str) -> HttpResponse:
    """A figure, its facts, and the readings that they were taken from."""
    _refuse_customers(request)
    access = request.access  # type: ignore[attr-defined]
    page = LineagePage(access.tenant, dict(request.GET.lists()))
    context: dict[str, Any] = {"tenant": access.tenant, "page": page}
    try:
        page.lineage.result, page.page  # noqa: B018  both are asked here, so that what they refuse is said
    except (WrongParameters, TooMuch) as error:
        return render(request, "reporting/lineage_refused.html", context | {"error": error}, status=400)
    except NotThere as error:
        raise Http404(str(error)) from None
    return render(request, "reporting/lineage.html", context | {"customer": page.customer})


@never_cache
@require_safe
def reading(request: HttpRequest, tenant: str, snapshot: int) -> HttpResponse:
    """A snapshot with its parts, and the beginning of one of them."""
    part = _part(request, snapshot)
    page = ReadingPage(part.snapshot, part)
    return render(request, "reporting/reading.html", {"tenant": request.access.tenant, "page": page})  # type: ignore[attr-defined]


@never_cache
@require_safe
def answer(request: HttpRequest, tenant: str, snapshot: int) -> HttpResponse:
    """A part as it came, as a file."""
    return raw_answers.as_file(_part(request, snapshot))


def _part(request: HttpRequest, snapshot_id: int) -> SnapshotPart:
    """Of the address: the snapshot, and its part `part`, the first unless said. Answers that hold personal data, like
    lists of sessions, are for managers."""
    _refuse_customers(request)
    related = Snapshot.objects.select_related("connection", "asset")
    snapshot: Snapshot = get_object_or_404(related, pk=snapshot_id)
    if snapshot.is_personal and not request.access.is_manager:  # type: ignore[attr-defined]
        raise Http404("not for analysts")
    word = request.GET.get("part", "1")
    number = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
    part = get_object_or_404(SnapshotPart, snapshot=snapshot, number=number)
    part.snapshot = snapshot
    return part


def _refuse_customers(request: HttpRequest) -> None:
    if not request.access.sees_all_customers:  # type: ignore[attr-defined]
        raise Http404("not for customers")

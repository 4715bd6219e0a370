"""What a page's address may say: the period, the interval, what to compare with, which figure; the filters of sessions.

The names mean what they mean in the report query; where they say nothing, a page shows the last 30 days.
"""

from datetime import date
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from reporting.comparisons import COMPARED
from reporting.ledger.holdings import accesses_of
from reporting.models import PpvAccess
from reporting.periods import FIRST_DAY, LAST_DAY, NAMED, Range, ReportInterval, named
from reporting.reports.choice import TABLES, ReportChoice

DEFAULT = "last_30_days"
SENSIBLE = [
    MinValueValidator(FIRST_DAY, f"The earliest day is {FIRST_DAY}."),
    MaxValueValidator(LAST_DAY, f"The last day is {LAST_DAY}."),
]
PERIODS = {name: name.replace("_", " ").capitalize() for name in NAMED}
INTERVALS = [
    (ReportInterval.HOUR.value, "Hour", 14),
    (ReportInterval.DAY.value, "Day", 400),
    (ReportInterval.WEEK.value, "Week", 2000),
    (ReportInterval.MONTH.value, "Month", 8000),
]
MOST_DAYS = {name: days for name, _, days in INTERVALS} | {ReportInterval.MINUTE.value: 2}


class DaysForm(forms.Form):
    """A named period, or days of one's own."""

    period = forms.ChoiceField(required=False, choices=list(PERIODS.items()))
    date_attrs = {"type": "date"}

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for name, label in (("from", "From"), ("to", "To")):
            self.fields[name] = forms.DateField(
                required=False, label=label, widget=forms.DateInput(self.date_attrs), validators=SENSIBLE
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if (first or last) and cleaned.get("period"):
            self.add_error("period", "Choose a period or days of your own, not both.")
        elif bool(first) != bool(last) and not self.errors:
            self.add_error("to" if first else "from", "Give both the first and the last day.")
        elif first and last and first > last:
            self.add_error("to", f"The last day, {last}, is before the first, {first}.")
        return cleaned

    @property
    def is_custom(self) -> bool:
        return self.is_valid() and bool(self.cleaned_data["from"])

    @property
    def period_name(self) -> str:
        """The named period that is shown; empty for days of one's own."""
        if not self.is_valid():
            return DEFAULT
        return "" if self.is_custom else self.cleaned_data["period"] or DEFAULT

    @property
    def days(self) -> Range:
        if self.is_custom:
            return Range(self.cleaned_data["from"], self.cleaned_data["to"])
        return named(self.period_name, self.today)


class ReportForm(DaysForm):
    """The address of a customer's report."""

    interval = forms.ChoiceField(required=False, choices=[(every.value, every.value) for every in ReportInterval])
    compare = forms.ChoiceField(required=False, choices=[(name, name) for name in COMPARED])
    as_of = forms.DateField(required=False, widget=forms.DateInput(DaysForm.date_attrs), validators=SENSIBLE)
    metric = forms.CharField(required=False, max_length=200)
    table = forms.ChoiceField(required=False, choices=[(name, name) for name in TABLES])

    def clean_as_of(self) -> date | None:
        """From here on it is today, as in the report query."""
        day: date | None = self.cleaned_data["as_of"]
        if day and day > self.today:
            raise forms.ValidationError(f"{day} is still to come.")
        self.today = day or self.today
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            first, last = cleaned.get("from"), cleaned.get("to")
            days = Range(first, last) if first and last else named(cleaned.get("period") or DEFAULT, self.today)
            interval = cleaned.get("interval") or ReportInterval.MONTH.value  # which is chosen for a long time
            most = MOST_DAYS.get(interval, days.days)
            if days.days > most:
                self.add_error("interval", f"By {interval}, a page shows {most} days at most; these are {days.days}.")
        return cleaned

    @property
    def interval_chosen(self) -> ReportInterval:
        """As asked, else so that the chart has a readable number of bars."""
        asked = self.cleaned_data["interval"] if self.is_valid() else ""
        if asked:
            return ReportInterval(asked)
        if self.days.days <= 92:
            return ReportInterval.DAY
        return ReportInterval.WEEK if self.days.days <= 400 else ReportInterval.MONTH

    @property
    def compared_with(self) -> str:
        asked = self.cleaned_data["compare"] if self.is_valid() else ""
        return asked or "previous_period"

    @property
    def as_of_day(self) -> date | None:
        return self.cleaned_data["as_of"] if self.is_valid() else None

    @property
    def metric_key(self) -> str:
        return self.cleaned_data["metric"] if self.is_valid() else ""

    @property
    def table_chosen(self) -> str:
        return (self.cleaned_data["table"] if self.is_valid() else "") or "period"

    def choice(self) -> ReportChoice:
        """What the report is made of; where the address is wrong, the last 30 days."""
        return ReportChoice(
            days=self.days,
            today=self.today,
            interval=self.interval_chosen,
            compare=self.compared_with,
            metric=self.metric_key,
            table=self.table_chosen,
            as_of=self.as_of_day,
            period=self.period_name,
        )


class SessionsForm(DaysForm):
    """The filters of a customer's session list."""

    access: forms.ModelChoiceField = forms.ModelChoiceField(
        PpvAccess.objects.none(), required=False, empty_label="All accesses"
    )

    def __init__(self, *args: Any, customer_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["access"]).queryset = accesses_of(customer_id)

    ip: forms.CharField = forms.CharField(required=False, max_length=100)

    @property
    def chosen_ip(self) -> str:
        return self.cleaned_data["ip"] if self.is_valid() else ""

    @property
    def chosen_access(self) -> PpvAccess | None:
        return self.cleaned_data["access"] if self.is_valid() else None

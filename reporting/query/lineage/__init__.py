"""Where a figure comes from: the facts that make it, so that anybody can add them up again.

    parse_lineage({"metrics": ["plays"], "at": ["2026-01-05"], …}, tenant, reader) -> Lineage
    Lineage.figure                    the report's own figure: of a row, or the total
    Lineage.facts(PageRequest())      the facts behind it, some at a time
    beside(lineage, facts)            of each fact its history: its changes, the readings it came from

This is the room's face: pages, reports and the API import from here only. Its modules, in the order of a question:

parameters.py    which figure is meant
rows.py          its row in the report, and the cells of that row
fact_choice.py   which facts such cells were read from
facts.py         these facts, some at a time, and their sums
statements.py    the SQL for it
pages.py         cursors
figure.py        Lineage: all of this for one figure
history.py       whether each fact may still change, what it was before, which readings it came from
as_of.py         the same of figures as of an earlier day

Which level of a connection counts is chosen for the whole range of a report, not for each row: so a lineage takes the range
and the row, and lets the report choose. The facts are found by their place (metric, connection, level) and added to
nothing, so their sum is a check of the figure, not a copy of it. A figure that is a difference has facts that are added and
others that are taken off. A figure that is unknown has none.
"""

from reporting.query.lineage.as_of import beside, notes_of_answers
from reporting.query.lineage.facts import FactLine
from reporting.query.lineage.figure import Lineage, Side, parse_lineage
from reporting.query.lineage.history import Change, FactHistory, snapshots_behind
from reporting.query.lineage.pages import FactPage, PageRequest
from reporting.query.lineage.parameters import WITHOUT, RowChoice

__all__ = [
    "WITHOUT",
    "Change",
    "FactHistory",
    "FactLine",
    "FactPage",
    "Lineage",
    "PageRequest",
    "RowChoice",
    "Side",
    "beside",
    "notes_of_answers",
    "parse_lineage",
    "snapshots_behind",
]

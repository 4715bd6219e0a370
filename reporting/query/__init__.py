"""Step 5 of the line: the report query, the only reader of facts. One question for the pages, the API, the command, exports.

    run(ReportQuery(tenant, metrics, days, today, reader, …)) -> ReportResult          inside the tenant's scope

This is the room's face: other rooms import from here, its own modules from each other and never from here. Read in this order:

question.py     ReportQuery: what is asked, as data, and by whom (`reporting/tenancy/reader.py`)
parameters.py   words of an address or a command line -> ReportQuery, with errors by field
costs.py        costs that the reader does not see
scope.py        slugs and external ids of the filters -> ids
sql/            cells.py (what a statement gives), statements.py, fact_source.py (where it takes its facts from), reader.py
selection.py    which cells are read, and which of them count
size.py         more than one answer holds is refused before it is read
arithmetic.py   what may be added to what
rows.py         cells -> rows
others.py       the rows beyond a limit, as one
direct.py       rows that are the rows of a statement
finality.py     which rows are final, and which were restated
as_of.py        figures as they were at the end of an earlier day
freshness.py    how far the figures reach
missing.py      which sources the figures lack, and why
notes/          what a reader must know beside the figures
earlier.py      the range compared with: in each row the figures of the same place
coverage.py     how many days of a range were read
json_figures.py how a figure is written in JSON
result_rows.py  the rows of a report, which write themselves
report.py       ReportResult and its JSON
names.py        ids -> names
row_names.py    the names of rows, and their order
limit.py        which rows are beyond the limit: of all, or of each period
run.py          run(): puts all of it together
lineage/        the facts behind one figure (a face of its own)
"""

from reporting.query.costs import NotShown
from reporting.query.question import GROUPS, ReportQuery
from reporting.query.report import Column, Freshness, Note, ReportResult, Totals
from reporting.query.run import run
from reporting.query.scope import NotThere
from reporting.query.sql.reader import TooMuch

__all__ = [
    "GROUPS",
    "Column",
    "Freshness",
    "NotShown",
    "NotThere",
    "Note",
    "ReportQuery",
    "ReportResult",
    "TooMuch",
    "Totals",
    "run",
]

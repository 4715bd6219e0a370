"""The report query once more, in plain Python over raw facts: slow and obvious, to hold the real one against.

Written from the promises of the ledger and of the interface, not from the query's code; it reads no daily totals, and
every figure is worked out anew from the facts that belong to it.

ledger.py    the facts, each with its asset, connection, level and the customer who held it on its day
choice.py    which facts count for a metric: interval, days, newest readings, account or assets
lacks.py     the sources that report a metric, but not as it was asked for
figures.py   the facts of one cell -> its figure, or None where it can't be honestly told
costs.py     what a customer sees of costs
report.py    rows, the remainder, order, the row `other`, totals, unattributed, previous
comparison.py  the figures of the same places in the range compared with, and what makes that unfair
worlds.py    random tenants and random questions
"""

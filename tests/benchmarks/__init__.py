"""What Viewledger is measured against; `docs/performance.md` has the figures.

__main__.py             runs all, or those named, and prints one table of ratios
stage.py                the database, the sandbox, what an outcome is
peers.py                other programs' own environment; peers/ are their scripts, peers.txt their pins
line_against_dlt.py     the whole line, and an unchanged day
store_against_floor.py  facts stored, against a bare COPY and upsert
report_against_sql.py   a customer's year by month, against SQL by hand, in a small and in a large tenant
json_against_values.py  a report of 365,000 rows as JSON, against values_list() and orjson
xlsx_memory.py          the memory of a workbook of 1,000,000 rows
"""

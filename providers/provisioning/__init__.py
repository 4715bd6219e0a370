"""`manage.py provision`: tenants and all that is theirs, from a TOML file (docs/commands.md shows its form).

positions.py    the line of each key, which tomllib does not tell
reading.py      the file, its tables and values; every mistake is noted with its line, and reading goes on
entries.py      what each table means: tenants, users, customers, rules
programmes.py   the same for programmes and their rules, and how they are put into the database
connections.py  the same for connections, their assets and PPV accesses
references.py   what only the database can tell: names of other rows, what is fixed, whose password is whose
writing.py      puts a file into the database: tenants, people, customers, connections, rules
belongings.py   the same for what hangs on a connection: assets, their customers, PPV accesses
"""

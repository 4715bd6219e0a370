"""Every address, by everybody.

table.py       who may see what: the one thing to edit
addresses.py   which addresses, methods, console pages and actions there are
arguments.py   what stands in an address for each of its arguments
world.py       two tenants with one of everything, their words unlikely enough to be found in an answer
people.py      everybody who asks, and how they ask
reading.py     reads the table, and compares with it
"""

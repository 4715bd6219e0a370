"""What each list of the API shows of a row.

tenancy   customers, connections, assets
runs      runs, readings and their parts
ledger    restatements, resets of counters, sessions
fields    what several of them write in the same way
"""

"""The line, for one run over one connection, in the order of reading:

sync             the line itself; run_progress: the run's row; connection_lock: one process at a time
plan             which readings are due; reread: final days asked for again; subjects: what feeds are asked about
snapshots        a finished reading and its snapshot
rows             from the stored bytes to rows
chosen_progress  whose progress counts: that of the chosen feeds
store            one reading into the ledger, step by step:
                 facts, facts_sql and counters_sql (statements), replaced_days, log_days, loss, parentless, assets,
                 ppv_sessions, feed_progress
replay           facts again from the snapshots
prune            old snapshots that a replay can do without
"""

"""Which run is next, and what its end means.

queue               the rows of runs: asking for one, finding what is due, handing it to a worker
run                 makes a run
wake_up             messages that wake workers
connection_health   what the end of a run means for its connection
circuit_breaker     leaves a provider alone that is down
"""

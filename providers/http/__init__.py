"""Step 1 of the line: requests to a provider, and its answers.

client           signs a request, checks the answer, scrubs it
fetcher          several requests in flight; pending: the readings and requests that are under way
transport        the only HTTP: one exchange, within a size and a time (deadline)
rate_limit       the provider's limit, shared by all workers
scrubber         takes secrets out of what is stored or shown
status_errors    HTTP's own words for a failure
public_address   refuses addresses in private networks
"""

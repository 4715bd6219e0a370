"""The fetching side: from a provider's HTTP to facts in the ledger.

    catalog/       one file a provider: its credentials, its feeds, and what each field of an answer becomes
    toolkit/       what a catalog file is written with: requests, feeds, provider, rows, auth, pagination, fields, countries,
                   formats, php_json, errors
    registry.py    finds the providers of the catalog
    http/          client, fetcher and pending (several requests in flight), transport, deadline, rate_limit, scrubber,
                   status_errors, public_address
    connections/   account (which account credentials lead to), forms, check (try the credentials)
    pipeline/      one run over one connection: plan, fetch, snapshot, store; replay and prune
    scheduling/    which run is next, who makes it, and what its end means for the connection
    tasks.py       the Celery tasks; beside them admin, applications_page, api, connection_api, urls, management/ and
                   provisioning/ (tenants from one file)
    sandbox/       the vendors' side, as a local server; it imports nothing of ours

Imports go one way: toolkit < catalog, registry < http < connections < pipeline < scheduling < tasks and all beside it.
"""

"""Benchmarks: `make bench` prints them as a table. They run on the embedded PostgreSQL in a folder of their own."""

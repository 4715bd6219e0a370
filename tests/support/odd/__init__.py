"""Odd answers: what people report of other connectors, as one table over all providers and feeds.

replies    an answer as bytes and headers, and a sandbox that gives odd ones in the place of its own
forms      where rows, figures, dates and counts are in a feed's answer
kinds      the table: each kind of odd answer, how it is made, and what may be expected of it
known      what the line does not withstand yet
"""

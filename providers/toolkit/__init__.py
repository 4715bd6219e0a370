"""What a catalog file is written with. Nothing here touches the database or the network.

requests     window, request, answer, and the circumstances of asking and of reading
rows         what is read out of an answer: figures, assets, sessions
feeds        one statistic of a provider: what it covers, how it is asked for and read
feed_choice  which of them a connection syncs
provider     the vendor as a whole: credentials, options, feeds, limit
auth         how requests are signed
pagination   loops over pages
fields       values out of documents: counters, numbers, moments; countries: their codes
complaints   what makes no success of an answer
formats      bytes to documents; decoding: bytes to text; php_json: JSON as PHP writes it
errors       what can go wrong, grouped by what to do next
"""

"""A connection's credentials and options.

account   whether two connections lead to one account, and whether a change leads to another
forms     the form of a connection, with its provider's fields
check     tries the credentials
"""

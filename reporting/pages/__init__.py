"""The pages: form -> question -> render, a module for each page.

Below `/t/{tenant}/` each view says by a decorator of `reporting/tenancy/decorators.py` who may see it; without one it is shut.
"""

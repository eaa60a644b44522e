"""A unit's own program: it makes lists, pictures and packages, and reads what comes back.

Written from the description of the forms (docs/explanations/batch-packages.md), not from the code
of the station.
"""

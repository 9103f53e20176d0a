"""The review page: a dataset folder as one HTML file, to look at before it is published.

shards ─ stored.py ─► rows of a trajectory ─ shown.py ─► index entry + content ─ page.py ─► HTML
"""

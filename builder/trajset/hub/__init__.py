"""The Hub: what of a dataset goes there, what must be true before, and how it gets there."""

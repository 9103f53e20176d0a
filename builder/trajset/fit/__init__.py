"""Fitting rows into a token budget: counting, windows, shortened prompts."""

"""`trajset check`: proves a dataset against a tokenizer and its chat template."""

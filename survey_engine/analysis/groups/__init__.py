"""Comparison of the model between groups of respondents."""

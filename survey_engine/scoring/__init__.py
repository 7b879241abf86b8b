"""Scores on 0-100: the index and every construct by the same route."""

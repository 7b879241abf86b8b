"""Estimators: moments and a model in, a fit out; and the bootstrap."""

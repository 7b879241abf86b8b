"""Discrepancy functions, one file each: value, gradient, information."""

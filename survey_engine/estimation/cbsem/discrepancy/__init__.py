"""Discrepancy functions, one file each: value, gradient, information.

A discrepancy follows `evaluation.Discrepancy`: F of the group-wise sample moments, its
gradient, and half its (approximate) Hessian, for one set of parameters or for a batch.
`ml` and `gls` are modules; `least_squares.LeastSquares` takes any vector of statistics.
"""

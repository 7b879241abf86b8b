"""Partial least squares path modelling and consistent PLS, batched."""

"""Covariance-based structural equation models by maximum likelihood."""

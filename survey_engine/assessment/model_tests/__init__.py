"""What is asked of a fitted covariance-based model: residuals, tests, comparisons, scores."""

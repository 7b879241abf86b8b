"""The certified self-test: reference data sets, their numbers, tolerances, verdicts."""

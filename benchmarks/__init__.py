"""Side-by-side timings against peers, run on demand: ``make bench``."""

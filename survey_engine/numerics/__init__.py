"""Arrays in, arrays out: numpy, scipy.linalg and scipy.special only."""

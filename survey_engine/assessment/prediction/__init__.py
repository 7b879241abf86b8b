"""Does the model predict: PLSpredict, CVPAT, blindfolding, criteria, redundancy analysis."""

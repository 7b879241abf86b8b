"""Models for other programs: scripts of lavaan, semopy and seminr, files of SmartPLS."""

"""The web application: the same workflows, no statistics of its own."""

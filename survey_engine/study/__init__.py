"""The request, everything computed for it, and the document that holds every number."""

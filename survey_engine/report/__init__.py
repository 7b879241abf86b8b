"""A study's result composed into chapters, worded, and rendered to HTML and PDF."""

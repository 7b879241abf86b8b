"""Chapters of the report, one file each: ``build(context)`` gives its sections."""

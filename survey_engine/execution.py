"""Filled by the shell: see CONTRIBUTING.md."""

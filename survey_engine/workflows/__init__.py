"""The only sequencing of effects: read files, run the study, write the report.

Nothing below this room opens a file of the project or looks at the clock.
"""

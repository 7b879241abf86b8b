"""The report as plain values: sections of blocks, and charts that draw themselves."""

"""Do groups of respondents measure the same: MICOM for composites."""

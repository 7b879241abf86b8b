"""A study's result as files for other programs: tables, slides, replication bundle."""

"""May these numbers be used, and how good is the yardstick."""

"""What moves the index and what to do about it."""

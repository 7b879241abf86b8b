"""What was answered: from raw tables to validated answers, and from those to moments."""

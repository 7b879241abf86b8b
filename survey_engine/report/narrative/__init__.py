"""What is true and how it is said: rules, wordings, numbers, names."""

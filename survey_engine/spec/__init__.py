"""What we claim: constructs, paths and statements, from a file to a checked model."""

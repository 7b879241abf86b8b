"""What was asked: items, response scales, the versioned questionnaire, and its file."""

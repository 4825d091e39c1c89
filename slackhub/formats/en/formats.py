"""Staff are never left to guess a time's zone."""

DATETIME_FORMAT = "j M Y, H:i e"

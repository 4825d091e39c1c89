"""What can go wrong here, as one sentence for the person at the terminal."""


class EmbeddedError(Exception):
    """The base of every error that this package raises by itself."""

"""Slack-shaped ids that are the same on every start, because tests and people remember them."""

import hashlib

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def slack_id(prefix: str, *parts: str) -> str:
    """`prefix` and ten characters that only depend on `parts`."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=10).digest()
    return prefix + "".join(_ALPHABET[byte & 31] for byte in digest)

"""The methods that the sandbox plays are the ones that its page of the docs names."""

import re
from pathlib import Path

from sandbox.api.connections import APP_METHODS
from sandbox.api.dispatch import WebApi  # noqa: F401  it fills the table of methods
from sandbox.api.methods import METHODS
from sandbox.api.oauth_access import OAUTH_METHODS

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/sandbox.md"


def test_every_method_is_named_and_every_named_one_is_there() -> None:
    part = PAGE.read_text().partition("## Web API")[2].partition("Any other method")[0]

    named = re.findall(r"`([a-z]+[\w.]+\.\w+)`", part)

    assert sorted(named) == sorted({*METHODS, *APP_METHODS, *OAUTH_METHODS})

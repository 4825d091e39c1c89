import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, sync_playwright

from slackhub.tests.rows import make_staff


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    """The browser of a superuser."""
    client.force_login(make_staff(is_superuser=True))
    return client


@pytest.fixture(scope="session")
def _chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("No Chromium here: install it, or name one by CHROMIUM=/path/to/it.")
    return path


@pytest.fixture
def browser(_chromium: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A real browser without a window."""
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium, args=["--disable-dev-shm-usage", "--no-first-run"]
        )
        yield browser
        browser.close()
        # Beside that loop Django opens a connection of its own, which nobody else would close.
        connections.close_all()

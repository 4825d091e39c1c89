"""What the design says about the shape of the code, checked on the code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("slackhub", "bots", "broadcasts", "teams")
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
MOST_POSITIONAL = 4

CLIENTS = (
    "aiohttp",
    "http.client",
    "httptools",
    "httpx",
    "requests",
    "slack_sdk",
    "urllib.request",
    "urllib3",
)
DOOR = frozenset(
    (
        "teams/slack.py",
        "teams/sockets.py",
        "teams/wire/connection.py",
        "teams/wire/proxied.py",
        # These speak to this hub's own pages and to the sandbox's, never to Slack.
        "slackhub/browser.py",
        "slackhub/embedded/ports.py",
    )
)
# Parts of slack_sdk that call nobody: the signature's arithmetic, the stores' interfaces.
NO_CLIENTS = (
    "slack_sdk.signature",
    "slack_sdk.oauth.installation_store",
    "slack_sdk.oauth.state_store",
)


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                yield path


def _parsed(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for path in _sources(*folders):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_imports_keep_the_contracts() -> None:
    """The arrows between the apps, the sandbox alone, the pure rules without Django."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_files_are_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in _sources(*APPS, "sandbox", "bench")
    }

    assert {name: n for name, n in lengths.items() if n >= LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    long = [
        f"{name}: {function.name}"
        for name, tree in _parsed(*APPS, "sandbox", "bench")
        for function in _functions(tree)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]

    assert long == []


def test_functions_take_few_positional_parameters() -> None:
    greedy = [
        f"{name}: {function.name}"
        for name, tree in _parsed(*APPS, "sandbox", "bench")
        for function in _functions(tree)
        if len([one for one in function.args.args if one.arg not in ("self", "cls")])
        > MOST_POSITIONAL
    ]

    assert greedy == []


def test_only_the_door_calls_slack() -> None:
    trespassing = [
        f"{name}: {module}"
        for name, tree in _parsed(*APPS)
        if name not in DOOR
        for module in _imports(tree)
        if _is_within(module, CLIENTS) and not _is_within(module, NO_CLIENTS)
    ]

    assert trespassing == []


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "helpers", "common", "services", "misc"}

    assert [str(path) for path in _sources(*APPS, "sandbox", "bench") if path.stem in drawers] == []

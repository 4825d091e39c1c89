from pathlib import Path

import pytest

from slackhub.dotenv import DotenvError, read_dotenv


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("export NAME=value", "value"),
        ("  NAME = value  ", "value"),
        ("NAME='a # b' # comment", "a # b"),
        ('NAME="$(rm -rf) $HOME"', "$(rm -rf) $HOME"),
        ("NAME=a#b", "a#b"),
        ("NAME=a # comment", "a"),
        ("NAME=", ""),
        ("NAME=# comment", ""),
        ("NAME='", "'"),
        ("NAME=postgresql://u:p@db/x?a=b&c=d", "postgresql://u:p@db/x?a=b&c=d"),
    ],
)
def test_a_line_gives_a_value(tmp_path: Path, line: str, value: str) -> None:
    (tmp_path / ".env").write_text(f"# comment\n\n{line}\n")

    assert read_dotenv(tmp_path / ".env") == {"NAME": value}


def test_no_file_gives_nothing(tmp_path: Path) -> None:
    assert read_dotenv(tmp_path / ".env") == {}


def test_a_bad_line_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nsecret stuff\n")

    with pytest.raises(DotenvError, match=r"^\.env, line 2: expected NAME=value\.$"):
        read_dotenv(tmp_path / ".env")

"""Where a sync stands, and the workspaces that an organisation's install is read in.

With an organisation's token Slack lists the people and channels of one workspace at a time, of
those to which its admins have added the app.
https://docs.slack.dev/reference/methods/auth.teams.list
"""

from dataclasses import dataclass
from typing import Self

from teams import slack
from teams.answers import Ambiguous, Ok, Refusal
from teams.grant import clean
from teams.models import Team

# Slack recommends no more; the methods' limits count requests, so fewer would be slower.
PAGE = 200


@dataclass(frozen=True)
class Position:
    """In the row as `part@workspace!:cursor`; the mark ! where some workspace was left out."""

    part: str
    workspace: str = ""
    cursor: str = ""
    is_whole: bool = True

    @classmethod
    def read(cls, text: str) -> Self:
        place, _, cursor = text.partition(":")
        part, _, workspace = place.removesuffix("!").partition("@")
        return cls(part, workspace, cursor, is_whole=not place.endswith("!"))

    def __str__(self) -> str:
        workspace = f"@{self.workspace}" if self.workspace else ""
        return f"{self.part}{workspace}{'' if self.is_whole else '!'}:{self.cursor}"


class Workspaces:
    """Of an organisation's install, in the order in which they are read; asked for once."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._ids: list[str] | None = None if team.is_org_install else []

    def load(self) -> Refusal | None:
        """Ask Slack, where there is something to ask; the refusal when it does not tell."""
        cursor, found = "", set[str]()
        while self._ids is None:
            door = slack.for_team(self._team)
            answer = door.call("auth.teams.list", limit=PAGE, cursor=cursor or None)
            if not isinstance(answer, Ok):
                return answer
            teams = answer.data.get("teams")
            if not isinstance(teams, list):
                return Ambiguous("no_list", "Slack's answer to auth.teams.list holds no list.")
            found |= {clean(each.get("id"), 32) for each in teams if isinstance(each, dict)}
            cursor = next_cursor(answer)
            if not cursor:
                self._ids = sorted(found - {""})
        return None

    def after(self, workspace: str) -> str:
        """The next one; empty after the last, and where one workspace is all."""
        return next((each for each in self._ids or () if each > workspace), "")


def next_cursor(answer: Ok) -> str:
    metadata = answer.data.get("response_metadata")
    return clean(metadata.get("next_cursor")) if isinstance(metadata, dict) else ""

"""Modals that are open and App Homes that were published."""

import secrets
import time
from dataclasses import dataclass, field

from sandbox.world.apps import Installation
from sandbox.world.elements import Offers, Values, state_of
from sandbox.world.workspace import Doc

MOST = 3
"""Views in a stack."""
_FIELDS: Doc = {
    "type": "modal",
    "blocks": [],
    "private_metadata": "",
    "callback_id": "",
    "title": None,
    "close": None,
    "submit": None,
    "clear_on_close": False,
    "notify_on_close": False,
    "external_id": "",
}


@dataclass(slots=True)
class View:
    """One view of one person. `errors` are shown below inputs, by block id; "" is for the whole."""

    id: str
    installation: Installation
    user_id: str
    content: Doc
    root_id: str
    previous_id: str | None = None
    hash: str = ""
    values: Values = field(default_factory=dict)
    offers: Offers = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Doc]:
        blocks: list[Doc] = self.content["blocks"]
        return blocks

    def fill(self, content: Doc) -> None:
        """New content; what was chosen stays where block and action keep their ids."""
        self.content, self.errors = content, {}
        self.hash = f"{int(time.time())}.{secrets.token_hex(4)}"

    def document(self) -> Doc:
        """The view as answers and payloads show it."""
        installation = self.installation
        team_id = installation.workspace.team_id
        return {
            "id": self.id,
            "team_id": team_id,
            **{key: self.content.get(key) or default for key, default in _FIELDS.items()},
            "state": state_of(self.blocks, self.values),
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "app_id": installation.app.app_id,
            "app_installed_team_id": team_id,
            "bot_id": installation.bot_id,
        }


class Views:
    """A person has one stack of modals, and one Home of each app."""

    def __init__(self) -> None:
        self._stacks: dict[tuple[str, str], list[View]] = {}
        self._homes: dict[tuple[str, str, str], View] = {}

    def stack(self, team_id: str, user_id: str) -> list[View]:
        """The modals that are open, the one on top last."""
        return self._stacks.setdefault((team_id, user_id), [])

    def top(self, team_id: str, user_id: str) -> View | None:
        return next(reversed(self.stack(team_id, user_id)), None)

    def home(self, installation: Installation, user_id: str) -> View | None:
        place = installation.app.app_id, installation.workspace.team_id, user_id
        return self._homes.get(place)

    def find(self, installation: Installation, *, view_id: str, external_id: str) -> View | None:
        """A view of this app by either id."""
        for view in self._of(installation):
            if view.id == view_id or (external_id and view.content["external_id"] == external_id):
                return view
        return None

    def _of(self, installation: Installation) -> list[View]:
        team_id = installation.workspace.team_id
        stacks = [stack for (team, _), stack in self._stacks.items() if team == team_id]
        everything = [view for stack in stacks for view in stack] + [*self._homes.values()]
        return [view for view in everything if view.installation is installation]

    def open(self, installation: Installation, user_id: str, content: Doc) -> View:
        """A modal in the place of whatever this person has open."""
        stack = self.stack(installation.workspace.team_id, user_id)
        stack.clear()
        return self._put(stack, installation, user_id, content)

    def push(self, below: View, content: Doc) -> View:
        stack = self.stack(below.installation.workspace.team_id, below.user_id)
        return self._put(stack, below.installation, below.user_id, content)

    def _put(
        self, stack: list[View], installation: Installation, user_id: str, content: Doc
    ) -> View:
        view = _new(installation, user_id, content)
        if stack:
            view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        return view

    def publish(self, installation: Installation, user_id: str, content: Doc) -> View:
        view = self.home(installation, user_id)
        if view is None:
            view = _new(installation, user_id, content)
            place = installation.app.app_id, installation.workspace.team_id, user_id
            self._homes[place] = view
        view.fill(content)
        return view


def _new(installation: Installation, user_id: str, content: Doc) -> View:
    view_id = "V" + secrets.token_hex(5).upper()
    view = View(view_id, installation, user_id, content, root_id=view_id)
    view.fill(content)
    return view

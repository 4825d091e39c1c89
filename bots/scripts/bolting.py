"""Bolt's own decorators in bot files: put on the app, each for the teams that its bot serves."""

from slack_bolt import App, BoltContext, BoltRequest

from bots.scripts.listener import BoltListener
from bots.scripts.parts import Part
from bots.scripts.serving import call


def register(app: App, parts: list[Part]) -> None:
    """What asks for one name first, and what may fit any, such as a pattern, after all of those."""
    pairs = [(part, each) for part in parts for each in part.script.bolt_listeners]
    for part, listener in sorted(pairs, key=lambda pair: not pair[1].is_named):
        _put(app, part, listener)


def _put(app: App, part: Part, listener: BoltListener) -> None:
    def is_served(context: BoltContext) -> bool:
        return part.serves(context["team"])

    def run(request: BoltRequest) -> None:
        call(request, part, listener.function)

    matchers = [is_served, *listener.options.get("matchers", ())]
    options = {**listener.options, "matchers": matchers}
    getattr(app, listener.method)(*listener.arguments, **options)(run)

"""The least that Bolt can do: `gunicorn bench.hello:application`, which the hub is measured beside.

Its app is that of HELLO_TOKEN and HELLO_SECRET at the Slack of SLACK_URL; HELLO_PATH is where it
listens.
"""

import os

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient

_app = App(
    client=WebClient(token=os.environ["HELLO_TOKEN"], base_url=f"{os.environ['SLACK_URL']}/api/"),
    signing_secret=os.environ["HELLO_SECRET"],
)


@_app.event("message")
def hear() -> None:
    """Heard, and done with."""


application = SlackRequestHandler(_app, path=os.environ["HELLO_PATH"])

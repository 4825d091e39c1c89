"""Apps as the addresses of Slack need them, with each request: decrypting one is slow."""

import time

from teams.models import SlackApp

# Staff's changes to an app are seen after so many seconds.
KEPT = 5.0


class KnownApps:
    def __init__(self) -> None:
        self._apps: dict[str, tuple[float, SlackApp]] = {}

    def find(self, slug: str) -> SlackApp | None:
        """The enabled app of that slug, as it was at most `KEPT` seconds ago."""
        now = time.monotonic()
        read_at, known = self._apps.get(slug, (0.0, None))
        if known and now < read_at + KEPT:
            return known
        slack_app = SlackApp.objects.enabled().filter(slug=slug).first()
        # Anybody can ask for any slug: only apps that there are take room.
        if slack_app:
            self._apps[slug] = now, slack_app
        else:
            self._apps.pop(slug, None)
        return slack_app

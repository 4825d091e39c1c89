"""Teams whose token is revoked, and that install the app again a little later."""

import threading
import time

from bench.chaos.world import World

TRY_AGAIN = 2.0
FINISH_SECONDS = 120.0


class Installs:
    """On threads of their own: a page of the hub may not answer for as long as a fault lasts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._threads: dict[str, threading.Thread] = {}
        self._at_once = threading.Event()

    def revoke(self, team_id: str, seconds: float) -> bool:
        """Back after so many seconds; False when the team is away already."""
        before = self._threads.get(team_id)
        if before is not None and before.is_alive():
            return False
        self._world.revoke(team_id)
        thread = threading.Thread(target=self._return, args=(team_id, seconds), daemon=True)
        self._threads[team_id] = thread
        thread.start()
        return True

    def finish(self) -> None:
        """Until all are back; RuntimeError when one cannot come back."""
        self._at_once.set()
        deadline = time.monotonic() + FINISH_SECONDS
        for team_id, thread in self._threads.items():
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                raise RuntimeError(f"Team {team_id} could not install the app again.")

    def _return(self, team_id: str, seconds: float) -> None:
        self._at_once.wait(seconds)
        while not self._world.install_again(team_id):
            time.sleep(TRY_AGAIN)

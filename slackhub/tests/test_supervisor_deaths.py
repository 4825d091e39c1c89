import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from slackhub.embedded import lifeline
from slackhub.embedded.interrupt import interrupted_once
from slackhub.tests.waiting import is_alive, wait_until

HUB = """
import sys
from slackhub.embedded.interrupt import interrupted_once
from slackhub.embedded.log import Log
from slackhub.embedded.process import Process
from slackhub.embedded.supervisor import Supervisor
SLOW = '''
import signal, sys, time
signal.signal(15, lambda *_: (time.sleep(float(sys.argv[1])), print("orderly"), sys.exit()))
print("up"); time.sleep(60)
'''
command = [sys.executable, "-u", "-c", SLOW, sys.argv[1]]
try:
    with interrupted_once() as hurry, Supervisor(Log(sys.stdout), hurry) as hub:
        hub.start(Process(name="worker", command=command, ready="up"))
        hub.wait_ready("worker", timeout=10)
        print("child", hub.pid("worker"), flush=True)
        hub.wait()
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


class Hub:
    """A supervisor in a process of its own, with one child."""

    def __init__(self, delay: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HUB, delay], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        line = next(line for line in self.output if line.startswith("child "))
        self.child = int(line.split()[1])


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    started = Hub(getattr(request, "param", "0"))
    with started.process:
        yield started
        started.process.kill()


def test_killing_the_supervisor_ends_its_children(hub: Hub) -> None:
    hub.process.kill()

    wait_until(lambda: not is_alive(hub.child))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_in_order(hub: Hub, number: signal.Signals) -> None:
    hub.process.send_signal(number)

    rest = hub.output.read()
    assert "orderly" in rest
    assert rest.endswith("stopped\n")
    assert hub.process.wait(10) == 0
    assert not is_alive(hub.child)


@pytest.mark.parametrize("hub", ["30"], indirect=True)
def test_a_second_signal_ends_all_at_once(hub: Hub) -> None:
    hub.process.send_signal(signal.SIGINT)
    hub.process.send_signal(signal.SIGTERM)

    rest = hub.output.read()
    assert "orderly" not in rest
    assert hub.process.wait(10) == 0
    assert not is_alive(hub.child)


def test_signals_are_given_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with interrupted_once():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before


def guarded(command: list[str], *, pipe: int) -> subprocess.Popen[str]:
    """A command under the guard that systems without Linux's death signal use."""
    script = Path(lifeline.__file__)
    number = str(signal.SIGTERM.value)
    return subprocess.Popen(
        [sys.executable, "-IS", str(script), str(os.getpid()), number, str(pipe), "same", *command],
        pass_fds=[pipe],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_guard_ends_the_command_when_its_pipe_closes() -> None:
    read, write = os.pipe()
    guard = guarded([sys.executable, "-c", "import time; time.sleep(60)"], pipe=read)
    os.close(read)

    os.close(write)

    with guard:
        assert guard.wait(10) == 128 + signal.SIGTERM


def test_the_guard_hands_on_signals_and_exit_codes() -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(15, lambda *_: sys.exit(7))\n"
        "print('up', flush=True); time.sleep(60)"
    )
    read, write = os.pipe()
    guard = guarded([sys.executable, "-c", code], pipe=read)
    os.close(read)
    assert guard.stdout is not None
    assert guard.stdout.readline() == "up\n"

    guard.send_signal(signal.SIGTERM)

    with guard:
        assert guard.wait(10) == 7
    os.close(write)

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from slackhub.embedded.log import Log
from slackhub.embedded.ports import choose_port, port_answers
from slackhub.embedded.process import MAX_FAILED_STARTS, Process, backoff
from slackhub.embedded.supervisor import Supervisor, SupervisorError
from slackhub.tests.waiting import is_alive, wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)"


@pytest.fixture
def output() -> StringIO:
    return StringIO()


@pytest.fixture
def supervisor(output: StringIO) -> Iterator[Supervisor]:
    with Supervisor(Log(output)) as started:
        yield started


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


def running(supervisor: Supervisor, name: str) -> int:
    pid = supervisor.pid(name)
    assert pid is not None
    return pid


def test_a_text_in_the_output_shows_readiness(supervisor: Supervisor) -> None:
    supervisor.start(Process(name="web", command=python(SLEEP), ready="up"))

    supervisor.wait_ready("web", timeout=10)

    assert is_alive(running(supervisor, "web"))


def test_a_check_shows_readiness(supervisor: Supervisor, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r}, 'w').close(); {SLEEP}"

    supervisor.start(Process(name="web", command=python(code), ready=mark.exists))
    supervisor.wait_ready("web", timeout=10)

    assert mark.exists()


def test_what_never_becomes_ready_is_told_with_its_last_lines(supervisor: Supervisor) -> None:
    supervisor.start(Process(name="web", command=python(SLEEP), ready="never said"))
    wait_until(lambda: supervisor.pid("web") is not None)

    with pytest.raises(SupervisorError, match=r"(?s)web was not ready within 1 s.*up"):
        supervisor.wait_ready("web", timeout=1)


def test_a_command_that_runs_once_is_ready_when_done(supervisor: Supervisor) -> None:
    supervisor.start(Process(name="migrate", command=python("print('done')"), once=True))

    supervisor.wait_ready("migrate", timeout=10)

    assert supervisor.pid("migrate") is None


def test_a_command_that_runs_once_and_fails_shows_why(supervisor: Supervisor) -> None:
    code = "raise SystemExit('no such table')"
    supervisor.start(Process(name="migrate", command=python(code), once=True))

    with pytest.raises(SupervisorError, match=r"(?s)migrate could not be started.*no such table"):
        supervisor.wait_ready("migrate", timeout=10)


def test_a_crashed_process_starts_again(supervisor: Supervisor, output: StringIO) -> None:
    supervisor.start(Process(name="worker", command=python(SLEEP), ready="up"))
    supervisor.wait_ready("worker", timeout=10)
    first = running(supervisor, "worker")

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: supervisor.pid("worker") not in (None, first))
    supervisor.wait_ready("worker", timeout=10)
    assert "worker was ended by SIGKILL; it starts again in 0.25 s" in output.getvalue()


def test_a_process_that_cannot_start_stops_everything(supervisor: Supervisor) -> None:
    supervisor.start(
        Process(name="sandbox", command=python(SLEEP), ready="up"),
        Process(name="web", command=["/no/such/program"], ready="up"),
    )

    with pytest.raises(SupervisorError, match=r"(?s)web could not be started.*/no/such/program"):
        supervisor.wait()


def test_restarts_come_slower_and_then_end() -> None:
    delays = [backoff(failed) for failed in range(MAX_FAILED_STARTS + 1)]

    assert delays == [0.25, 0.5, 1.0, 2.0, None]


def test_a_grandchild_ends_with_its_parent(supervisor: Supervisor, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(mark)!r}, 'w').write(str(child.pid))\n"
        "print('up'); time.sleep(60)"
    )
    supervisor.start(Process(name="web", command=python(code), ready="up"))
    supervisor.wait_ready("web", timeout=10)

    supervisor.stop()

    wait_until(lambda: not is_alive(int(mark.read_text())))


def test_stages_stop_one_after_another(supervisor: Supervisor, output: StringIO) -> None:
    slow = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.3); print('worker ends'); sys.exit()\n"
        "signal.signal(15, end); print('up'); time.sleep(60)"
    )
    quick = (
        "import signal, sys, time\n"
        "def end(*_):\n    print('sandbox ends'); sys.exit()\n"
        "signal.signal(15, end); print('up'); time.sleep(60)"
    )
    supervisor.start(
        Process(name="sandbox", command=python(quick), ready="up", stage=1),
        Process(name="worker", command=python(slow), ready="up"),
    )
    supervisor.wait_ready("sandbox", timeout=10)
    supervisor.wait_ready("worker", timeout=10)

    supervisor.stop()

    said = output.getvalue()
    assert said.index("worker ends") < said.index("sandbox ends")


def test_a_deaf_process_is_killed_after_its_grace(supervisor: Supervisor) -> None:
    supervisor.start(Process(name="worker", command=python(DEAF), ready="up", grace=0.2))
    supervisor.wait_ready("worker", timeout=10)
    pid = running(supervisor, "worker")

    supervisor.stop()

    assert not is_alive(pid)


def test_the_environment_is_handed_on_whole(supervisor: Supervisor, output: StringIO) -> None:
    code = "import os; print('HOME' in os.environ, os.environ['ONLY'])"
    env = {name: value for name, value in os.environ.items() if name != "HOME"} | {"ONLY": "1"}
    supervisor.start(Process(name="show", command=python(code), env=env, once=True))

    supervisor.wait_ready("show", timeout=10)

    assert "False 1" in output.getvalue()


def test_a_name_runs_once_at_a_time(supervisor: Supervisor) -> None:
    supervisor.start(Process(name="web", command=python(SLEEP)))

    with pytest.raises(ValueError, match="web runs already"):
        supervisor.start(Process(name="web", command=python(SLEEP)))


def test_prefixes_have_one_width(output: StringIO) -> None:
    log = Log(output)

    log.line("web", "one")
    log.say("two")

    assert output.getvalue() == "web       | one\nslackhub  | two\n"


def test_a_closed_terminal_does_not_break_the_log() -> None:
    read, write = os.pipe()
    os.close(read)

    with open(write, "w", buffering=1) as stream:
        Log(stream).say("nobody reads this")
        os.dup2(os.open(os.devnull, os.O_WRONLY), write)


def test_a_taken_port_is_replaced_by_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        chosen = choose_port(port)

        assert port < chosen < port + 50
        assert port_answers(port)
        assert not port_answers(chosen)


def test_haste_restarts_nothing_of_a_later_stage(output: StringIO) -> None:
    hurry = threading.Event()
    with Supervisor(Log(output), hurry) as supervisor:
        supervisor.start(
            Process(name="worker", command=python(DEAF), ready="up"),
            Process(name="slack", command=python(SLEEP), ready="up", stage=1),
        )
        supervisor.wait_ready("worker")
        supervisor.wait_ready("slack")

        hurry.set()

    assert "starts again" not in output.getvalue()

"""TCP ports of loopback: a free one, and who answers there."""

import http.client
import socket

_LOOPBACK = "127.0.0.1"


def choose_port(preferred: int) -> int:
    """The preferred port, or the next free one above it (50 are tried)."""
    for port in range(preferred, min(preferred + 50, 65536)):
        if _is_free(port):
            return port
    raise OSError(f"no port from {preferred} to {preferred + 49} is free")


def port_answers(port: int) -> bool:
    """Whether something accepts connections on this port of loopback."""
    try:
        with socket.create_connection((_LOOPBACK, port), timeout=0.5):
            return True
    except OSError:
        return False


def page_answers(port: int, path: str) -> bool:
    """Whether http://127.0.0.1:port/path answers below 400."""
    connection = http.client.HTTPConnection(_LOOPBACK, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True

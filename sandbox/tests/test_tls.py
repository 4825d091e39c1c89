"""The sandbox over TLS, beside plain HTTP."""

import ssl
from pathlib import Path
from urllib.request import urlopen

from sandbox.testing import running_sandbox


def test_it_answers_over_tls_to_who_trusts_its_certificate(tmp_path: Path) -> None:
    with running_sandbox(folder=tmp_path, tls=True) as sandbox:
        trust = ssl.create_default_context(cafile=sandbox.pem)

        with urlopen(f"{sandbox.tls_url}/control/summary", context=trust) as answer:
            assert answer.status == 200

        assert sandbox.control("GET", "summary")["posts"] == 0

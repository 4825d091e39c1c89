"""Posts over TLS: by an authority that the system knows, and to the host that was meant."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from teams.tests.raw_slack import OK, answer, line_to, on_each_loop, plays, post, raw_slack
from teams.wire.terms import NotWritten


def certificate(folder: Path, address: str) -> ssl.SSLContext:
    """A server's context with a new self-signed certificate for the address, in folder/pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Slack of a test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "pem").write_bytes(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")
    return context


def test_posts_share_a_connection_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pem"))

    async def run() -> tuple[list[bytes], int]:
        async with raw_slack(plays(answer()), tls) as slack, line_to(slack.url) as line:
            return [(await post(line)).content for _ in range(3)], slack.connections

    assert on_each_loop(run) == ([OK] * 3, 1)


def test_a_connection_that_ended_over_tls_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pem"))

    async def run() -> tuple[int, int]:
        async with raw_slack(plays(answer()), tls) as slack, line_to(slack.url) as line:
            await post(line)
            slack.writers[0].close()
            while line.reserve(0):
                await asyncio.sleep(0)
            await post(line)
            return slack.connections, len(slack.requests)

    assert on_each_loop(run) == (2, 2)


@pytest.mark.parametrize(
    ("known", "address"), [(True, "127.0.0.2"), (False, "127.0.0.1")], ids=["name", "authority"]
)
def test_the_wrong_host_gets_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool, address: str
) -> None:
    tls = certificate(tmp_path, address)
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pem"))

    async def run() -> int:
        async with raw_slack(plays(answer()), tls) as slack, line_to(slack.url) as line:
            with pytest.raises(NotWritten, match="SSLCertVerificationError"):
                await post(line)
            return len(slack.requests)

    assert on_each_loop(run) == 0

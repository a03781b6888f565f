"""A certificate we cannot trust ends it: no retry, no credential sent."""

from __future__ import annotations

import ipaddress
import ssl
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.outcomes import Reason
from app.errors import DiscogsConnectionError
from app.wire.exchange import forgetful_session
from tests.discogs.conftest import CANARY, MakeClient
from tests.discogs.wire_server import WireServer, answer, page

ROOT = Path(__file__).parents[2]


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[..., Path]:
    """Self-signed certificates with their keys, as PEM files."""

    def make(address: str = "127.0.0.1", *, days: int = 1) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "waxmirror test")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / f"{address}.pem"
        path.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    return make


def serving(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def trusting(pem: Path) -> requests.Session:
    session = forgetful_session()
    session.verify = str(pem)
    return session


def test_a_certificate_we_trust_lets_us_through(make_client: MakeClient, certificate: Callable[..., Path]):
    pem = certificate()
    with WireServer(answer(page()), tls=serving(pem)) as server:
        client = make_client(server.url, session=trusting(pem))
        assert [client.inventory_page("waxandco", 1).items for _ in range(2)] == [1, 1]
    assert server.connections == 1


@pytest.mark.parametrize("fault", ["self-signed", "expired", "another host's"])
def test_a_bad_certificate_is_refused_at_once(make_client: MakeClient, certificate: Callable[..., Path], fault: str):
    pem = certificate("127.0.0.9" if fault == "another host's" else "127.0.0.1", days=-1 if fault == "expired" else 1)
    session = None if fault == "self-signed" else trusting(pem)
    with WireServer(answer(page()), tls=serving(pem)) as server:
        client = make_client(server.url, session=session)
        with pytest.raises(DiscogsConnectionError) as failure:
            client.identity()
    assert (failure.value.reason, client.requests, server.requests) == (Reason.NET_TLS, 1, [])
    assert CANARY not in str(failure.value)


def test_no_version_before_1_2_is_spoken(make_client: MakeClient, certificate: Callable[..., Path]):
    pem = certificate()
    old = serving(pem)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with WireServer(answer(page()), tls=old) as server:
        client = make_client(server.url, session=trusting(pem))
        with pytest.raises(DiscogsConnectionError) as failure:
            client.identity()
    assert (failure.value.reason, server.requests) == (Reason.NET_TLS, [])


def test_a_server_without_tls_is_refused_where_tls_was_asked_for(make_client: MakeClient):
    with WireServer(answer(page())) as server:
        client = make_client(server.url.replace("http:", "https:"), timeouts=None)
        server.is_over.set()
        with pytest.raises(DiscogsConnectionError) as failure:
            client.identity()
    assert failure.value.reason in {Reason.NET_TLS, Reason.NET_CONNECT, Reason.NET_RESET}
    assert server.requests == []


def test_certificate_checks_are_never_switched_off():
    sources = [path.read_text() for path in (ROOT / "app").rglob("*.py")]
    assert not [text for text in sources if "verify=" in text or "CERT_NONE" in text or "check_hostname" in text]

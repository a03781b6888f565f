"""The token goes to one host in one header, and shows up nowhere else."""

from __future__ import annotations

import gc
import logging
import traceback
from pathlib import Path

import pytest

from app.errors import DiscogsAPIError, WaxmirrorError
from tests.discogs.conftest import CANARY, MakeClient
from tests.discogs.wire_server import Answerer, WireServer, and_hang_up, answer, page, reset

ENDINGS: dict[str, bytes | Answerer] = {
    "success": answer(page()),
    "401": answer(b'{"message": "Invalid consumer token."}', status="401 Unauthorized"),
    "403": answer(b'{"message": "no"}', status="403 Forbidden"),
    "404": answer(b'{"message": "gone"}', status="404 Not Found"),
    "429": answer(b"\n", "Retry-After: 900", status="429 Too Many Requests"),
    "500": answer(b"<html>", status="500 Oops"),
    "redirect": answer(b"", "Location: http://127.0.0.1:1/elsewhere", status="302 Found"),
    "reset": reset,
    "truncated": and_hang_up(answer(page()[:20], length=900)),
    "not gzip": answer(page(), "Content-Encoding: gzip"),
    "no JSON": answer(b"nothing"),
    "echo": answer(f'{{"message": "you sent Discogs token={CANARY}"}}'.encode(), status="422 Bad"),
}


def _everything_said_by(error: WaxmirrorError) -> str:
    """Message, fields, and the exceptions it hangs on, as a careless handler would print them."""
    said = [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]
    linked: BaseException | None = error
    while linked is not None:
        said += [repr(linked), repr(getattr(linked, "request", None) and linked.request.headers)]
        linked = linked.__cause__ or linked.__context__
    return "\n".join(said)


@pytest.mark.parametrize("name", [each for each in ENDINGS if each != "echo"])
def test_no_log_line_and_no_exception_shows_the_token(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture, name: str
):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    said = ""
    with WireServer(ENDINGS[name]) as server:
        client = make_client(server.url, max_retries=1)
        try:
            client.inventory_page("waxandco", 1)
        except DiscogsAPIError as error:
            said = _everything_said_by(error)
        assert f"Authorization: Discogs token={CANARY}\r\n".encode() in server.requests[0]
        assert CANARY.encode() not in server.requests[0].split(b"\r\n")[0]
    logged = "\n".join([caplog.text, *(repr(vars(record)) for record in caplog.records)])
    assert "urllib3" in logged
    assert CANARY not in said + logged + repr(client) + str(client)


def test_a_server_that_echoes_the_token_does_not_get_it_into_an_error(make_client: MakeClient):
    with WireServer(ENDINGS["echo"]) as server, pytest.raises(DiscogsAPIError) as failure:
        make_client(server.url).identity()
    assert CANARY not in _everything_said_by(failure.value)
    assert "you sent" in failure.value.detail


def test_a_redirect_does_not_carry_the_token_to_another_host(make_client: MakeClient):
    with WireServer(answer(page())) as elsewhere:
        there = elsewhere.url.replace("127.0.0.1", "localhost")
        moved = answer(b"", f"Location: {there}/x", status="302 Found")
        with WireServer(moved) as server, pytest.raises(DiscogsAPIError):
            make_client(server.url).identity()
        assert elsewhere.requests == []


def test_proxies_and_netrc_of_the_environment_are_not_used(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    with WireServer(answer(page())) as proxy, WireServer(answer(page())) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
        make_client(server.url, token=None).inventory_page("waxandco", 1)
        assert proxy.requests == []
        assert b"authorization" not in server.requests[0].lower()


def test_the_token_is_not_left_in_objects_that_outlive_a_request(make_client: MakeClient):
    with WireServer(answer(page())) as server:
        client = make_client(server.url)
        client.inventory_page("waxandco", 1)
    gc.collect()
    left = [each for each in gc.get_objects() if type(each) is dict and each.get("Authorization", "") != ""]
    assert not [each for each in left if CANARY in str(each["Authorization"])]

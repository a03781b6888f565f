"""The server itself: connections, hooks, audit, the second door, the command."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from scripts.fake_discogs import Audit, FakeDiscogs, RequestRecord, World
from tests.fake_discogs.conftest import AGENT, Person

ROOT = Path(__file__).parent.parent.parent


def test_a_connection_is_kept_for_many_requests(fake: FakeDiscogs, owner: Person) -> None:
    for _ in range(5):
        assert owner.inventory().status_code == 200
    threads = [thread for thread in threading.enumerate() if thread.name == f"fake-discogs {urlsplit(fake.url).port}"]
    assert len(threads) == 2


def test_bodies_are_compressed_for_those_who_can_read_it(fake: FakeDiscogs, owner: Person) -> None:
    packed = owner.inventory()
    owner.session.headers["Accept-Encoding"] = "identity"
    plain = owner.inventory()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content


def test_head_has_no_body(fake: FakeDiscogs, owner: Person) -> None:
    answer = owner.session.head(f"{fake.url}/oauth/identity", timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert owner.get("/oauth/identity").status_code == 200


def test_hooks_run_before_each_request_with_its_number(fake: FakeDiscogs, owner: Person) -> None:
    seen: list[tuple[int, str]] = []
    fake.before_request(lambda number, request: seen.append((number, request.path)))
    owner.get("/oauth/identity")
    owner.get("/inventory/export")
    assert seen == [(1, "/oauth/identity"), (2, "/inventory/export")]
    assert fake.requests == 2


def test_a_broken_hook_is_an_error_of_the_test() -> None:
    def broken(_number: int, _request: object) -> None:
        raise LookupError("no such listing")

    fake = FakeDiscogs(World.generate(seed=1, listings=1))
    fake.before_request(broken)
    with pytest.raises(LookupError), fake:
        requests.get(fake.url, headers={"User-Agent": AGENT}, timeout=5)
    assert [record.status for record in fake.audit] == [500]


def test_the_audit_holds_every_request(fake: FakeDiscogs, owner: Person, stranger: Person) -> None:
    owner.inventory(page=2)
    stranger.get("/oauth/identity")
    first, second = fake.audit
    assert (first.method, first.path, dict(first.query), first.status) == (
        "GET",
        f"/users/{fake.world.seller.username}/inventory",
        {"page": "2"},
        200,
    )
    assert first.headers["authorization"] == f"Discogs token={fake.token}"
    assert second.status == 401
    assert fake.audit.pages() == [2]
    assert fake.audit.paths()[1] == "/oauth/identity"
    fake.reset_audit()
    assert fake.audit == []


def test_a_reset_forgets_hooks_faults_and_requests(fake: FakeDiscogs, owner: Person) -> None:
    fake.before_request(lambda _number, _request: fake.world.add())
    owner.get("/oauth/identity")
    fake.reset()
    count = len(fake.world.listings)
    owner.get("/oauth/identity")
    assert (len(fake.world.listings), len(fake.audit)) == (count, 1)


def record(t: float = 0.0, path: str = "/", **headers: str) -> RequestRecord:
    return RequestRecord(t, "GET", path, {}, {"user-agent": AGENT, **headers}, 200)


def test_the_audit_finds_bursts() -> None:
    audit = Audit([record(0), record(30), record(59.9), record(61)])
    audit.assert_rate(3, 60)
    with pytest.raises(AssertionError, match=r"3 requests within 59\.900 s; allowed: 2"):
        audit.assert_rate(2, 60)


def test_the_audit_finds_a_second_user_agent() -> None:
    Audit([record(), record()]).assert_single_user_agent()
    with pytest.raises(AssertionError):
        Audit([record(), RequestRecord(0, "GET", "/", {}, {"user-agent": "other"}, 200)]).assert_single_user_agent()


def test_the_audit_finds_secrets_where_they_do_not_belong() -> None:
    audit = Audit([record(authorization="Discogs token=abc"), record()])
    audit.assert_authorization_only("abc")
    audit.assert_no_secret("xyz")
    with pytest.raises(AssertionError):
        audit.assert_no_secret("abc")
    with pytest.raises(AssertionError):
        audit.assert_authorization_only("other")
    in_address = RequestRecord(0, "GET", "/", {"token": "abc"}, {"user-agent": AGENT}, 200)
    with pytest.raises(AssertionError):
        Audit([in_address]).assert_authorization_only("abc")


def test_a_stopped_server_refuses_connections(world: World) -> None:
    with FakeDiscogs(world) as fake:
        somebody = Person(fake)
        assert somebody.inventory().status_code == 200
    with pytest.raises(requests.exceptions.ConnectionError):
        somebody.inventory()
    somebody.session.close()


def test_other_processes_change_the_world_through_the_second_door(world: World) -> None:
    with FakeDiscogs(world, admin_port=0) as fake:
        door, here = requests.Session(), fake.admin_url
        number = world.for_sale_ids()[0]

        def mutate(**operation: object) -> requests.Response:
            return door.post(f"{here}/mutate", json=operation, timeout=5)

        assert mutate(op="sell", id=number).json() == {"result": None}
        assert world.listing(number).status == "Sold"
        fresh = mutate(op="add", **{"with": {"title": "By Post", "price": "4.20"}}).json()["result"]
        assert world.listing(fresh).release.title == "By Post"
        assert fresh in door.get(f"{here}/ids", params={"status": "For Sale"}, timeout=5).json()["ids"]
        assert mutate(op="sell", id=1).status_code == 400
        assert mutate(op="lock").status_code == 400
        assert door.post(f"{here}/faults", json={"kind": "status", "status": 502, "hits": [1]}, timeout=5).ok
        somebody = Person(fake, fake.token)
        assert [somebody.inventory().status_code for _ in range(2)] == [502, 200]
        assert door.delete(f"{here}/faults", timeout=5).ok
        told = door.get(f"{here}/audit", timeout=5).json()["requests"]
        assert [one["status"] for one in told] == [502, 200]
        assert told[0]["headers"]["user-agent"] == AGENT
        assert door.delete(f"{here}/audit", timeout=5).ok
        assert fake.audit == []
        assert door.get(f"{here}/nothing", timeout=5).status_code == 400
        door.close()
        somebody.session.close()


def command(*more: str) -> "subprocess.Popen[str]":
    arguments = [
        sys.executable,
        "-m",
        "scripts.fake_discogs",
        "--listings",
        "12",
        "--others",
        "3",
        "--copies",
        "2",
        *more,
    ]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def announced(process: "subprocess.Popen[str]") -> dict[str, str]:
    assert process.stdout is not None
    told: dict[str, str] = {}
    for line in process.stdout:
        name, _, value = line.strip().partition("=")
        told[name.removeprefix("FAKE_DISCOGS_")] = value
        if name.endswith("READY"):
            break
    return told


def test_the_command_says_where_it_is_and_ends_on_sigterm() -> None:
    with command("--admin-port", "0", "--limit", "1") as process:
        told = announced(process)
        headers = {"User-Agent": AGENT, "Authorization": f"Discogs token={told['TOKEN']}"}
        path = f"{told['URL']}/users/{told['SELLER']}/inventory"
        answer = requests.get(path, params={"status": "For Sale"}, headers=headers, timeout=5)
        assert answer.json()["pagination"]["items"] == 12
        assert requests.get(path, headers=headers, timeout=5).status_code == 429
        assert len(requests.get(f"{told['ADMIN']}/ids", timeout=5).json()["ids"]) == 15
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_command_serves_what_files_hold(world: World, tmp_path: Path) -> None:
    files = {"--inventory-csv": world.to_export_csv(), "--collection-csv": world.to_collection_csv()}
    arguments: list[str] = []
    for number, (name, content) in enumerate(files.items()):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        arguments += [name, str(path)]
    with command(*arguments) as process:
        told = announced(process)
        own = f"{told['URL']}/users/{told['SELLER']}"
        headers = {"User-Agent": AGENT, "Authorization": f"Discogs token={told['TOKEN']}"}
        for path, count in (("inventory", len(world.listings)), ("collection/folders/0/releases", len(world.copies))):
            answer = requests.get(f"{own}/{path}", headers=headers, timeout=5)
            assert answer.json()["pagination"]["items"] == count
        assert len(told["CONSUMER_KEY"]) == 20
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_command_ends_with_its_parent() -> None:
    """A parent in between starts it, tells its process id and goes."""
    script = (
        "import subprocess, sys\n"
        "command = [sys.executable, '-m', 'scripts.fake_discogs', '--listings', '1', '--exit-with-parent']\n"
        "fake = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)\n"
        "while not fake.stdout.readline().startswith('FAKE_DISCOGS_READY'): pass\n"
        "print(fake.pid, flush=True)\n"
    )
    reader, writer = os.pipe()
    # Every process of the family holds the writing end; reading it ends when the last of them is gone.
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, stdout=writer) as parent:
        os.close(writer)
        assert parent.wait(20) == 0
    with os.fdopen(reader) as family:
        number = int(family.readline())
    _until_gone(number)


def _until_gone(number: int) -> None:
    waiting = threading.Event()
    for _ in range(100):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        if _is_dead(number):
            return
        waiting.wait(0.1)
    raise AssertionError(f"process {number} still lives")


def _is_dead(number: int) -> bool:
    """A zombie that nobody has reaped yet."""
    status = Path(f"/proc/{number}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"

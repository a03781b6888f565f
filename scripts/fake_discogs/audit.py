"""What was asked of the server, and what may be claimed about it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """`t` is a monotonic time in seconds; `status` is 0 when nothing was answered. Header names are lower case."""

    t: float
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int

    def mentions(self, secret: str) -> bool:
        return any(secret in text for text in (self.path, *self.query.values(), *self.headers.values()))


class Audit(list[RequestRecord]):
    """Requests in the order in which they were decided."""

    def paths(self) -> list[str]:
        return [record.path for record in self]

    def pages(self, ending: str = "/inventory") -> list[int]:
        """The page numbers asked for below paths with this ending, in order."""
        return [int(record.query.get("page", "1")) for record in self if record.path.endswith(ending)]

    def assert_rate(self, limit: int, window: float = 60.0) -> None:
        """At most `limit` requests in any `window` seconds."""
        times = sorted(record.t for record in self)
        for first, last in zip(times, times[limit:], strict=False):
            if last - first < window:
                raise AssertionError(
                    f"{limit + 1} requests within {last - first:.3f} s; allowed: {limit} in {window} s"
                )

    def assert_single_user_agent(self) -> None:
        agents = {record.headers.get("user-agent", "") for record in self}
        if len(agents) > 1 or "" in agents:
            raise AssertionError(f"expected one User-Agent, got {sorted(agents)}")

    def assert_no_secret(self, *secrets: str) -> None:
        """For a host that must not learn any: none of them in a path, query or header."""
        for record in self:
            if any(record.mentions(secret) for secret in secrets):
                raise AssertionError(f"{record.method} {record.path} carries a secret")

    def assert_authorization_only(self, token: str) -> None:
        """Whatever credential came was this token, and it came in the Authorization header."""
        for record in self:
            sent = record.headers.get("authorization", "")
            if sent and token not in sent:
                raise AssertionError(f"{record.method} {record.path} carries another credential")
            if any(token in value for value in record.query.values()) or token in record.path:
                raise AssertionError(f"{record.method} {record.path} carries the token in its address")

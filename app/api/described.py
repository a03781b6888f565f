"""What the document says of routes that are plain Flask: pages, feeds, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "_described"


@dataclass(frozen=True, slots=True)
class Description:
    """How a route answers besides its docstring: the media type of success, other answers by status, parameters."""

    media_type: str = "text/html"
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    status: int = 200
    answers: Mapping[int, str] = field(default_factory=dict)
    parameters: Sequence[Mapping[str, Any]] = ()
    headers: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # schemas of other media types of success


def described(**facts: Any) -> Callable[[View], View]:
    """Note how a view answers; `facts` are the fields of Description. A page needs none: its docstring will do."""

    def note(view: View) -> View:
        setattr(view, ATTRIBUTE, Description(**facts))
        return view

    return note


def description_of(view: Callable[..., Any]) -> Description:
    """What was noted of a view, else that it is a page."""
    return getattr(view, ATTRIBUTE, None) or Description()

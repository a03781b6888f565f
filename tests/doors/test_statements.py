"""What is given to a database as text is a constant, or made of names and marks of ours where that is written down."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from config import ROOT

# How many statements are made there, and of what. One more needs a look at what it is made of.
OURS = {
    "app/models/checks.py": 5,  # names of tables, and the schema as it is
    "app/models/known.py": 4,  # of tables and columns, and marks for values
    "app/models/pace.py": 1,  # a constant and the words that lock its row
    "app/models/stage.py": 1,  # names of tables and columns, and marks
    "app/models/transactions.py": 1,  # settings of SQLite, written beside it
    "app/ops/postgresql_restoring.py": 4,  # names of tables of our own copy, quoted; and numbers
    "app/search/dialects.py": 6,  # marks for values, and constants
    "app/search/soundness.py": 2,  # names of tables and columns
    "app/search/suggestions.py": 1,  # marks
    "app/services/collection_state.py": 1,  # kinds of sources
    "app/services/database_findings.py": 1,  # shown to a person, not run
    "app/services/run_ledger.py": 1,  # a mark
    "app/services/shop_state.py": 1,  # another constant
}
AT = {"text": 0, "execute": 0, "exec_driver_sql": 0, "scalar": 0, "scalars": 0, "literal_column": 0, "fetch": 1}
MAKING = {"format", "format_map", "join", "replace"}
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|CREATE|ALTER|DROP|PRAGMA|REINDEX)\s")


def test_no_statement_is_made_of_values() -> None:
    found: Counter[str] = Counter()
    for path in sorted((ROOT / "app").rglob("*.py")):
        found[str(path.relative_to(ROOT))] += len(made_in(path.read_text(encoding="utf-8")))
    assert +found == Counter(OURS)


@pytest.mark.parametrize(
    "code",
    [
        'asked = f"SELECT * FROM runs WHERE name = {name}"',
        "asked = \"DELETE FROM runs WHERE name = '%s'\" % name",
        'asked = "SELECT * FROM runs WHERE name = " + name',
        'asked = "UPDATE runs SET name = {}".format(name)',
        '_ASKED = "\\n INSERT INTO runs VALUES ({})"\ndef ask(name):\n    return _ASKED.format(name)',
        'fetch(connection, f"{ASKED} WHERE name = {name}")',
        "connection.exec_driver_sql(ASKED + name)",
        'connection.execute(text(" ".join(parts)))',
    ],
)
def test_a_statement_of_values_is_found_wherever_it_is_made(code: str) -> None:
    assert len(made_in(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        'fetch(connection, "SELECT name FROM runs WHERE id = ?", (number,))',
        'told = f"Select {name} to go on"',
        "found = parts.join(rows)",
    ],
)
def test_what_is_no_statement_or_made_of_nothing_is_left_alone(code: str) -> None:
    assert made_in(code) == set()


def made_in(code: str) -> set[int]:
    """The lines where a statement is made: text that begins like one, or that a database is given."""
    tree = ast.parse(code)
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = {node for node in ast.walk(tree) if is_made(node) and STATEMENT.match(beginning(node, named))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (at := AT.get(called(node))) is not None:
            found |= {each for each in node.args[at : at + 1] if is_made(each)}
    return {node.lineno for node in found if isinstance(node, ast.expr)}


def is_made(node: ast.AST) -> bool:
    """Whether it is text put together of parts."""
    joined = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add)
    return joined or isinstance(node, ast.JoinedStr) or called(node) in MAKING


def beginning(node: ast.AST, named: dict[str, ast.expr]) -> str:
    """The first constant of text that is put together."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[first, *_]) | ast.BinOp(left=first):
            return beginning(first, named)
        case ast.FormattedValue(value=ast.Name(id=name)) | ast.Name(id=name) if name in named:
            return beginning(named[name], {each: value for each, value in named.items() if each != name})
        case ast.Call(func=ast.Attribute(value=first)):
            return beginning(first, named)
    return ""


def called(node: ast.AST) -> str:
    """The last name of what is called; of anything else nothing."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))

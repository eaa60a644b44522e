"""Every operation against its own document: what is sent, refused and answered, by generated calls.

The document is the one in `docs/reference`, which `docs.generate --check` holds to the program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok

from station.paper import print_slip
from tests.rigs.doors import OPERATOR
from tests.rigs.paper import FONTS, Lists
from tests.unit.api.conftest import Served, serving

DOCUMENT: Final = json.loads(
    (Path(__file__).parents[3] / "docs/reference/openapi.json").read_text(encoding="utf-8")
)
SCHEMA: Final = schemathesis.openapi.from_dict(DOCUMENT)
#: A stream without end, which `test_edges` follows; its refusals are tested below.
ENDLESS: Final = "GET /api/v1/events"
OPERATIONS: Final = {
    found.ok().label for found in SCHEMA.get_all_operations() if isinstance(found, Ok)
} - {ENDLESS}
#: Not for this API: what each role may is tested from its table; it promises no links between
#: answers.
#: A well-formed value may still be refused for what it says (a check digit, a rule of the site).
NOT_MEANT: Final[list[Any]] = [
    CHECKS.get_one(name)
    for name in ("ignored_auth", "object_level_authorization", "positive_data_acceptance")
]
EXAMPLES: Final = 5  #: random ones of each operation, beside the boundary values


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("window")) as made:
        # A receipt of something that an earlier call has made is printed, as at a window.
        equipment = made.bench.bench.equipment
        object.__setattr__(equipment, "papers", Lists())
        object.__setattr__(equipment, "print_slip", lambda slip: print_slip(slip, FONTS))
        yield made


@pytest.fixture(scope="module")
def session(window: Served) -> Iterator[requests.Session]:
    def log_in(request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Each call in a session of its own: one of the operations ends it.
        token = window.doors.sessions.open(OPERATOR).token
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    with requests.Session() as made:
        made.trust_env = False
        made.auth = log_in
        yield made


@pytest.mark.field_case("E17", "E1", "E10")
@SCHEMA.exclude(path="/api/v1/events").parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_every_answer_is_what_the_document_says(
    case: schemathesis.Case[Any], window: Served, session: requests.Session
) -> None:
    """Status, media type, body and headers; wrong data refused; 405 with `Allow`; never 500."""
    url = f"http://{window.host}:{window.port}"
    case.call_and_validate(url, session=session, excluded_checks=NOT_MEANT, timeout=120.0)


def test_every_operation_of_the_program_is_called(window: Served) -> None:
    served = window.client.get("/api/v1/openapi.json").json()["paths"]
    labels = {f"{method.upper()} {path}" for path, found in served.items() for method in found}
    assert labels == {*OPERATIONS, ENDLESS}


@pytest.mark.field_case("E17")
def test_the_stream_is_refused_as_documented(window: Served) -> None:
    answer = window.client.get("/api/v1/events", params={"after": "abc"})
    assert (answer.status_code, answer.json()["code"]) == (422, "input-invalid")
    assert answer.headers["Content-Type"] == "application/problem+json"
    (content,) = DOCUMENT["paths"]["/api/v1/events"]["get"]["responses"]["4XX"]["content"]
    assert content == "application/problem+json"

"""The clients call what the OpenAPI document has, and nothing is done twice for a lost answer."""

from __future__ import annotations

import contextlib
import functools
import http.server
import inspect
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from docs.clients import HEADERS, camel, operations
from station.client import AnswerError, NoAnswerError, StationClient
from station.core.people import Role
from tests.rigs.browser import open_browser
from tests.unit.api.conftest import PAIRED, Served, serving
from tests.unit.production.doubles import ID_NUMBER

DOCUMENT: Final = json.loads(
    (Path(__file__).parents[3] / "docs/reference/openapi.json").read_text(encoding="utf-8")
)
EXAMPLES: Final = {
    told["operationId"]: (path, method.upper(), told)
    for path, methods in DOCUMENT["paths"].items()
    for method, told in methods.items()
}
MODULE: Final = Path(__file__).parents[3] / "station/client/js"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as made:
        yield made


@contextlib.contextmanager
def client_of(
    served: Served, transport: httpx.BaseTransport | None = None
) -> Iterator[StationClient]:
    token = served.doors.clients.add("hall", Role.PROVINCE_SERVER, by="test")
    headers = {"Authorization": f"Bearer {token}"}
    base = f"http://{served.host}:{served.port}"
    with httpx.Client(
        base_url=base, headers=headers, transport=transport, timeout=90.0, trust_env=False
    ) as http:
        yield StationClient(http, pause=lambda _: None)


@pytest.mark.parametrize("operation", list(operations()), ids=lambda one: one.name)
def test_each_method_sends_what_the_document_says(operation: Any) -> None:  # noqa: ANN401
    path, method, told = EXAMPLES[operation.name]
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        status = int(next(one for one in told["responses"] if one.startswith("2")))
        content = told["responses"][str(status)].get("content", {})
        (example,) = [one["example"] for one in content.values()] or [None]
        return httpx.Response(status, **({} if example is None else {"json": example}))

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1")
    client = StationClient(http, pause=lambda _: None)
    call = getattr(client, operation.name)
    examples = {one["name"]: one.get("example") for one in told.get("parameters", ())}
    given = [examples[name] for name in operation.in_path]
    if operation.body is not None:
        given.append(told["requestBody"]["content"]["application/json"]["example"])
    words = {word: name for name, word in HEADERS.items() if word in operation.headers}
    named = {word: "k" if word == "key" else '"41"' for word in words}
    call(*given, **named)
    (request,) = sent
    expected = functools.reduce(
        lambda so_far, name: so_far.replace(f"{{{name}}}", str(examples[name])),
        operation.in_path,
        path,
    )
    assert (request.method, request.url.path) == (method, expected)
    for word, header in words.items():
        assert request.headers[header] == named[word]
    if operation.body is not None:
        assert json.loads(request.content) == given[-1]
    optional = set(inspect.signature(call).parameters) - {*operation.in_path, "body"}
    assert optional == {*operation.in_query, *words}


def test_the_script_has_the_same_operations_and_types() -> None:
    types = (MODULE / "station.d.ts").read_text(encoding="utf-8")
    table = (MODULE / "operations.js").read_text(encoding="utf-8")
    for one in operations():
        assert re.search(rf"^  {camel(one.name)}\(", types, re.MULTILINE)
        assert f'  {camel(one.name)}: ["{one.method}", "{one.path}"' in table
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert re.search(rf"^export (interface|type) {name}\b", types, re.MULTILINE)
        for field in schema.get("properties", {}):
            assert re.search(rf"^  {field}\??: ", types, re.MULTILINE)
    for file in MODULE.glob("*.js"):  # no dependency but the module's own files
        imported = re.findall(r"""from ["']([^"']+)["']""", file.read_text(encoding="utf-8"))
        assert set(imported) <= {"./operations.js"}


def test_a_card_is_made_with_the_client(served: Served) -> None:
    with client_of(served) as station:
        makes_a_card(served, station)


def makes_a_card(served: Served, station: StationClient) -> None:
    order = station.create_order({"id_number": ID_NUMBER, "reason": "replacement"})
    order = station.run_order(order["id"], {"approved": False}, wait=60)
    assert order["step"] == "data-ready"
    shown = served.service.papers.preview(order["id"], "front")
    assert station.get_preview(order["id"], "front") == shown
    order = station.press_step(order["id"], "approved", seen=station.seen[order["id"]])
    order = station.run_order(order["id"], {"approved": True}, wait=60)
    assert (order["step"], order["problem"]) == ("released", None)
    with pytest.raises(AnswerError) as refused:
        station.cancel_order(order["id"], seen='"1"')
    assert (refused.value.status, refused.value.code) == (412, "order-changed")
    assert refused.value.seen == station.seen[order["id"]]


class Cut(httpx.HTTPTransport):
    """Carries the first requests out, and loses their answers."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.lost = lost

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if self.lost:
            self.lost -= 1
            answer.close()
            raise httpx.ReadError("the answer is lost")
        return answer


def test_an_answer_that_was_lost_is_asked_for_again_and_makes_one_order(served: Served) -> None:
    with client_of(served, Cut(2)) as station:
        order = station.create_order({"id_number": ID_NUMBER, "reason": "replacement"})
    (made,) = served.bench.journal.orders.recent(9)
    assert order["id"] == made.id


def test_without_any_answer_the_caller_is_told_so(served: Served) -> None:
    with client_of(served, Cut(3)) as station, pytest.raises(NoAnswerError):
        station.create_order({"id_number": ID_NUMBER, "reason": "new"})


PAGE: Final = b"""<!doctype html><meta charset="utf-8"><p id="code"></p><p id="told"></p>
<script type="module">
import { Station, StationError } from "/station.js";
const told = (text) => { document.getElementById("told").textContent = text; };
const station = new Station({ address: new URLSearchParams(location.search).get("station") });
try {
  await station.pair((code) => { document.getElementById("code").textContent = code; });
  const kinds = [];
  const ends = new AbortController();
  const signal = ends.signal;
  const heard = station.events((event) => kinds.push(event.kind), { after: 0, signal });
  let order = await station.createOrder({ id_number: "%s", reason: "replacement" });
  order = await station.runOrder(order.id, { approved: false }, { wait: 60 });
  const picture = await station.getPreview(order.id, "front");
  const seen = station.seen.get(order.id);
  order = await station.pressStep(order.id, "approved", { seen });
  let code = "";
  try { await station.cancelOrder(order.id, { seen }); } catch (error) {
    if (!(error instanceof StationError)) throw error;
    code = `${error.status} ${error.code} ${error.seen !== seen}`;
  }
  order = await station.runOrder(order.id, { approved: true }, { wait: 60 });
  while (!kinds.includes("card-released")) await new Promise((done) => setTimeout(done, 50));
  ends.abort();
  await heard;
  told(JSON.stringify([order.step, picture.type, code]));
} catch (error) { told(`failed: ${error.name} ${error.message} ${error.code || ""}`); }
</script>"""


class Hall(http.server.ThreadingHTTPServer):
    """A web server of another origin."""

    daemon_threads = True


class _Hall(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/")
        page = not name
        found = PAGE.replace(b"%s", ID_NUMBER.encode()) if page else b""
        if name in {"station.js", "operations.js"}:
            found = (MODULE / name).read_bytes()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html" if page else "text/javascript")
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    def log_message(self, *given: object) -> None:
        del given


@pytest.mark.stack
@pytest.mark.browser
def test_a_page_of_another_origin_makes_a_card_and_hears_of_it(served: Served) -> None:
    """In Chromium: pairing, CORS, If-Match, ETag, a picture, the stream of events."""
    assert PAIRED  # another page is paired already: this one asks
    hall = Hall(("127.0.0.1", 0), _Hall)
    threading.Thread(target=hall.serve_forever, args=(0.05,), daemon=True).start()
    try:
        with open_browser() as browser:
            station = f"http://{served.host}:{served.port}"
            browser.get(f"http://127.0.0.1:{hall.server_address[1]}/?station={station}")
            code = text_of(browser, "code")
            assert re.fullmatch(r"\d{6}", code)
            served.doors.clients.confirm(code, by="test")
            told = text_of(browser, "told")
            assert told == json.dumps(
                ["released", "image/png", "412 order-changed true"], separators=(",", ":")
            )
            browser.get(f"{station}/docs")
            assert "/api/v1/order-search" in text_of(browser, "reference", "search")
            told_of = [one["message"] for one in browser.get_log("browser")]  # type: ignore[no-untyped-call]
            wrong = [one for one in told_of if not re.search(r"favicon\.ico|412", one)]
            assert wrong == []  # no refused script or style, nothing that is not there
    finally:
        hall.shutdown()
        hall.server_close()


def text_of(browser: Any, name: str, part: str = "") -> str:  # noqa: ANN401
    """Return the text of an element as soon as it has one, with a part if that is named."""
    from selenium.webdriver.support.wait import WebDriverWait

    def has_text(driver: Any) -> str:  # noqa: ANN401
        text = driver.execute_script(
            "return document.getElementById(arguments[0])?.textContent ?? ''", name
        )
        return str(text) if part in text else ""

    return str(WebDriverWait(browser, 60).until(has_text))

"""The clerk's pages: people, their state, and the window's steps before and after the station."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.province import codes
from simulators.province.actions import clerk_step
from simulators.province.certificate_authority import CertificateAuthority
from simulators.province.numbers import masked
from simulators.province.operations import Desk
from simulators.province.rules import ApplicationState, CardState
from simulators.province.views import Overview

#: The buttons of a person's page, in the order of the procedure, with their access keys.
STEPS: Final = {
    "正式挂失": "1",
    "补换卡申请": "2",
    "交费登记": "3",
    "即制卡标注": "4",
    "失败数据处理": "5",
    "恢复申请": "6",
    "解除挂失": "7",
    "领卡启用": "8",
    "临时挂失": "9",
    "注销": "0",
}
MAX_FORM_BYTES: Final = 4096
CASES: Final = {
    "ready": "可制卡",
    "not-lost": "未挂失",
    "no-fee": "未交费",
    "not-applied": "未申请",
    "not-marked": "未标注",
    "withdrawn": "数据已退回",
    "other-city": "外地市",
    "rare-name": "生僻字",
    "minority-name": "少数民族姓名",
    "long-name": "25 字长姓名",
    "latin-name": "外国人姓名",
    "hmt-permit": "港澳居住证",
    "x-number": "末位 X",
    "split-name": "姓名跨 30 字节",
    "other-bank": "其他银行",
    "new": "新增",
}


class ClerkPages:
    """Serves the province's own web page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._said: dict[str, tuple[str, str]] = {}
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(codes=codes, cases=CASES, masked=masked)

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route("/", self.people),
            Route("/person/{id_number}", self.person),
            Route("/person/{id_number}/{step}", self.act, methods=["POST"]),
            Route("/photo/{id_number}.jpg", self.photo),
            Route("/calls", self.calls),
            Route("/ca/root.cer", self.root),
        ]

    def _page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(name).render(**values), status)

    def _situation(self, person: Overview) -> str:
        return person.situation(self._desk.region, self._desk.user)

    def people(self, request: Request) -> Response:
        """List people; `?q=` searches name and number, `?situation=` filters."""
        words = request.query_params.get("q", "").strip().upper()
        wanted = request.query_params.get("situation", "")
        with self._desk.store.transaction() as records:
            everybody = [(person, self._situation(person)) for person in records.overviews()]
        counts: dict[str, int] = {}
        for _, situation in everybody:
            counts[situation] = counts.get(situation, 0) + 1
        rows = [
            (person, situation)
            for person, situation in everybody
            if (words in person.name.upper() or words in person.id_number)
            and wanted in {"", situation}
        ]
        return self._page("people.html", rows=rows, counts=counts, q=words, wanted=wanted)

    def person(self, request: Request) -> Response:
        """Show one person with photo, state and buttons."""
        id_number = request.path_params["id_number"]
        with self._desk.store.transaction() as records:
            person = records.overview(id_number)
            write_backs = records.write_backs(id_number)
        if person is None:
            return self._page("missing.html", 404)
        return self._page(
            "person.html",
            person=person,
            situation=self._situation(person),
            standing=person.standing(self._desk.region, self._desk.user),
            write_backs=write_backs,
            steps=STEPS,
            next_step=_next_step(person),
            said=self._said.pop(id_number, None),
        )

    async def act(self, request: Request) -> Response:
        """Do one step of the window and show the person again with the answer."""
        id_number, step = request.path_params["id_number"], request.path_params["step"]
        form = parse_qs((await request.body())[:MAX_FORM_BYTES].decode("utf-8", "replace"))
        if step not in STEPS:
            return self._page("missing.html", 404)
        bank = form.get("bank", [""])[0]
        said = await run_in_threadpool(clerk_step, self._desk, step, id_number, bank=bank)
        self._said[id_number] = (step, said)
        return RedirectResponse(f"/person/{id_number}", 303)

    def photo(self, request: Request) -> Response:
        """Show a portrait; it is drawn on first access."""
        jpeg = self._desk.photo(request.path_params["id_number"])
        return Response(jpeg, media_type="image/jpeg") if jpeg else Response(status_code=404)

    def root(self, _: Request) -> Response:
        """Return the CA's root certificate, DER, for those who check a card's certificates."""
        root = CertificateAuthority(self._desk.seed).root_certificate()
        return Response(root, media_type="application/pkix-cert")

    def calls(self, _: Request) -> Response:
        """List the last calls of windows and clerks."""
        with self._desk.store.transaction() as records:
            return self._page("calls.html", calls=records.audit(200), effects=records.effects())


def _next_step(person: Overview) -> str:
    """Return the step at the window that this person's re-issue waits for; empty when none."""
    if person.application_state is ApplicationState.FAILED:
        return "失败数据处理"
    if person.application_state is ApplicationState.HANDLED:
        return "恢复申请"
    if person.card_state is CardState.ISSUED:
        return "领卡启用"
    done = {
        "正式挂失": person.card_state is CardState.LOST,
        "补换卡申请": person.application is not None,
        "交费登记": person.has_fee,
        "即制卡标注": person.is_marked,
    }
    return next((step for step, is_done in done.items() if not is_done), "")

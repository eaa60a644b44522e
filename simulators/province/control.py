"""The control API over HTTP: order faults, read effects, find people. JSON throughout.

For tests and demonstrations; a real province has nothing like it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.province.actions import (
    ACTIONS,
    ActionError,
    ActionRefusedError,
    Controls,
    perform,
)
from simulators.province.numbers import masked
from simulators.province.records import Records
from simulators.province.views import Overview

_SHOWN_OF_WRITE_BACK = (
    "outcome",
    "is_revoked",
    "card_id",
    "reset_info",
    "batch",
    "card_number",
    "made_on",
    "failed_step",
    "failure",
    "received_at",
)


class ControlApi:
    """Answers requests to the control API."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._desk = controls.desk

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route("/actions", self.actions),
            Route("/do", self.do, methods=["POST"]),
            Route("/observer", self.observer),
            Route("/people", self.people),
        ]

    def actions(self, _: Request) -> JSONResponse:
        """List the actions of `POST /do`."""
        return JSONResponse({"actions": _known_actions()})

    async def do(self, request: Request) -> JSONResponse:
        """Perform one action: 422 for an invalid one, 409 for one that the rules refuse."""
        try:
            words = _words(await request.body())
            result = await run_in_threadpool(perform, self._controls, words)
        except (ValueError, ActionError) as exc:
            return JSONResponse({"detail": str(exc), "actions": _known_actions()}, 422)
        except ActionRefusedError as exc:
            return JSONResponse({"detail": str(exc)}, 409)
        return JSONResponse({"action": words["action"], **result})

    def observer(self, request: Request) -> JSONResponse:
        """Show effects, calls and all affected people; `?id_number=` shows one person."""
        wanted = request.query_params.get("id_number")
        with self._desk.store.transaction() as records:
            people = [
                self._seen(records, person)
                for person in records.overviews()
                if wanted == person.id_number or (wanted is None and _is_touched(records, person))
            ]
            content = {
                "seed": self._desk.seed,
                "down": self._controls.faults.down,
                "pending_faults": [asdict(fault) for fault in self._controls.faults.pending()],
                "effects": records.effects(),
                "calls": records.calls(),
                "last_calls": records.audit(50),
                "people": people,
            }
        return JSONResponse(content)

    def _seen(self, records: Records, person: Overview) -> dict[str, object]:
        return {
            "id_number": person.id_number,
            "name": person.name,
            "situation": person.situation(self._desk.region, self._desk.user),
            "card_number": person.card_number,
            "card_state": person.card_state,
            "card_id": person.card_id,
            "batch": person.batch,
            "new_card_number": person.new_number,
            "write_backs": [_masked_write_back(w) for w in records.write_backs(person.id_number)],
            "activations": records.activations(person.id_number),
        }

    def people(self, request: Request) -> JSONResponse:
        """List people; `?case=ready` only those of a named case, `?situation=` as they are now."""
        case = request.query_params.get("case")
        situation = request.query_params.get("situation")
        with self._desk.store.transaction() as records:
            listed = [self._listed(person) for person in records.overviews()]
        cases = sorted({str(person["case"]) for person in listed})
        if case is not None and case not in cases:
            return JSONResponse({"detail": "unknown case", "cases": cases}, 404)
        chosen = [
            person
            for person in listed
            if case in {None, person["case"]} and situation in {None, person["situation"]}
        ]
        return JSONResponse({"people": chosen, "cases": cases})

    def _listed(self, person: Overview) -> dict[str, object]:
        return {
            "id_number": person.id_number,
            "name": person.name,
            "case": person.case_name,
            "situation": person.situation(self._desk.region, self._desk.user),
            "bank": person.bank or person.card_bank,
        }


def _words(body: bytes) -> dict[str, object]:
    words = json.loads(body)
    if not isinstance(words, dict):
        raise ActionError('expected {"action": ...}')
    return words


def _known_actions() -> dict[str, dict[str, Any]]:
    return {
        name: {"meaning": action.meaning, "parameters": dict(action.parameters)}
        for name, action in ACTIONS.items()
    }


def _is_touched(records: Records, person: Overview) -> bool:
    return bool(person.batch or person.card_id) or bool(records.write_backs(person.id_number))


def _masked_write_back(row: Mapping[str, object]) -> dict[str, object]:
    shown = {name: row[name] for name in _SHOWN_OF_WRITE_BACK}
    shown["is_revoked"] = bool(row["is_revoked"])
    return shown | {"bank_number": masked(str(row["bank_number"]))}

"""The control API's words: faults of the link, and the clerk's steps for one person.

Every action is one entry of `ACTIONS`; `GET /actions` shows the table, so that a person or a test
can find the words. Unknown words and parameters are refused with the list of what exists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from simulators.province import batch_lists, codes, people
from simulators.province.exchange import DEFAULT_TEXT as BUSY
from simulators.province.exchange import ENDLESS
from simulators.province.faults import Down, Fault, FaultKind, FaultPlan
from simulators.province.numbers import NOBODYS_COUNTY, identity_number
from simulators.province.operations import OPERATIONS, Desk
from simulators.province.people import Person
from simulators.province.portraits import FLAWS
from simulators.province.records import Records
from simulators.province.store import settle
from simulators.province.views import Overview
from simulators.province.wire import CHARSETS

OTHER_WINDOW: Final = "另一窗口"

Parameter = str | float | int


class ActionError(Exception):
    """The action is invalid; the message describes valid ones."""


class ActionRefusedError(Exception):
    """The action is understood, and the province's own rules refuse it."""


class Gate(Protocol):
    """The province's address on the network."""

    def shut(self) -> None:
        """Refuse connections from here on."""
        ...

    def open(self) -> None:
        """Accept connections again, at the same address."""
        ...


@dataclass(frozen=True, slots=True)
class Controls:
    """What actions work on."""

    desk: Desk
    faults: FaultPlan
    gate: Gate


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the control API.

    Attributes:
        meaning: For people.
        parameters: Name to default; an empty `id_number` must be given.
        run: Does it; returns what to tell the caller.
    """

    meaning: str
    parameters: Mapping[str, Parameter]
    run: Callable[[Controls, dict[str, Parameter]], dict[str, object]]


def perform(controls: Controls, words: Mapping[str, object]) -> dict[str, object]:
    """Perform `{"action": ..., parameters}`; returns its result.

    Raises:
        ActionError: Unknown action or parameter, or a value of the wrong kind.
        ActionRefusedError: The province's rules refuse it.
    """
    name = words.get("action")
    action = ACTIONS.get(name) if isinstance(name, str) else None
    if action is None:
        raise ActionError(f"unknown action; known: {', '.join(ACTIONS)}")
    given = {key: value for key, value in words.items() if key != "action"}
    unknown = sorted(set(given) - set(action.parameters))
    if unknown:
        known = ", ".join(action.parameters) or "none"
        raise ActionError(f"unknown parameter {unknown[0]!r}; known: {known}")
    values = {key: _value(key, given.get(key, d), d) for key, d in action.parameters.items()}
    return action.run(controls, values)


def _value(name: str, value: object, default: Parameter) -> Parameter:
    wanted: type[Parameter] = type(default)
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted or (wanted is not str and float(str(value)) < 0):
        raise ActionError(f"{name}: expected {wanted.__name__}, not negative, got {value!r}")
    if name == "id_number" and not value:
        raise ActionError("id_number: must be given")
    if name == "operation" and value and value not in OPERATIONS:
        raise ActionError(f"operation: unknown; known: {', '.join(OPERATIONS)}")
    return value


def _go_down(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
    how = str(values["how"])
    if how not in {Down.REFUSING, Down.UNAVAILABLE}:
        raise ActionError(f"how: expected {Down.REFUSING} or {Down.UNAVAILABLE}")
    controls.faults.down = Down(how)
    if how == Down.REFUSING:
        controls.gate.shut()
    return {"down": how}


def _come_back(controls: Controls, _: dict[str, Parameter]) -> dict[str, object]:
    controls.gate.open()
    controls.faults.down = Down.NO
    return {"down": Down.NO}


def _behave(controls: Controls, _: dict[str, Parameter]) -> dict[str, object]:
    controls.faults.clear()
    return {"pending_faults": 0}


def _fault(
    kind: FaultKind,
    meaning: str,
    *,
    only: str = "",
    text: Parameter | None = None,
    name: str = "text",
    known: Collection[str] = (),
    late: bool = False,
) -> Action:
    """Return the action that orders a fault.

    Args:
        kind: Kind of the fault.
        meaning: For people.
        only: Fixes the operation.
        text: Default of the fault's own parameter; None when it has none.
        name: What that parameter is called.
        known: Its values; empty for any.
        late: Whether it takes a number of seconds.
    """
    parameters: dict[str, Parameter] = {"calls": 1}
    if not only:
        parameters["operation"] = ""
    if late:
        parameters["seconds"] = 10.0
    if text is not None:
        parameters[name] = text

    def order(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
        word = str(values.get(name, ""))
        if known and word not in known:
            raise ActionError(f"{name}: known: {', '.join(known)}")
        fault = Fault(
            kind,
            operation=only or str(values["operation"]),
            calls=int(values["calls"]),
            seconds=float(values.get("seconds", 0.0)),
            text=word,
        )
        controls.faults.add(fault)
        return {"pending_faults": len(controls.faults.pending())}

    return Action(meaning, parameters, order)


def _clerk(operation: str, meaning: str, **parameters: Parameter) -> Action:
    """Return the action that lets the province's clerk do one operation for one person."""

    def act(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
        id_number = str(values["id_number"])
        reply = clerk_step(controls.desk, operation, id_number, bank=str(values.get("bank", "")))
        if reply not in {"OK", "00"}:
            raise ActionRefusedError(reply)
        return {"result": reply}

    return Action(meaning, {"id_number": "", **parameters}, act)


def clerk_step(desk: Desk, operation: str, id_number: str, *, bank: str = "") -> str:
    """Do one operation of the window for a person; returns the text of ERR."""
    with desk.store.transaction() as records:
        person = records.overview(id_number)
    fields = {"社会保障号码": id_number, "城市": codes.REGION, "服务银行": bank, "申请类型": "5"}
    if person is not None:
        fields |= {"姓名": person.name, "卡号": person.card_number, "批次号": person.batch}
        fields["社保号"] = id_number
    return desk.serve_clerk(operation, fields)["ERR"]


def _record(
    meaning: str, change: Callable[[Records, Overview, str], None], **parameters: Parameter
) -> Action:
    """Return an action that changes a person's open application behind the window's back."""

    def act(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
        with controls.desk.store.transaction() as records:
            person = records.overview(str(values["id_number"]))
            if person is None or person.application is None:
                raise ActionRefusedError("no such person, or no open application")
            change(records, person, str(values.get("reason", "")))
        return {"result": "OK"}

    return Action(meaning, {"id_number": "", **parameters}, act)


def _open_application(person: Overview) -> int:
    return person.application or 0


def _release(records: Records, person: Overview, _: str) -> None:
    batch = records.batch(person.batch)
    records.set_holder(_open_application(person), batch.owner if batch is not None else "")


def _replace_photo(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
    flaw = str(values["flaw"])
    if flaw not in FLAWS:
        raise ActionError(f"flaw: known: {', '.join(FLAWS[1:])}; empty for none")
    if not controls.desk.replace_photo(str(values["id_number"]), flaw):
        raise ActionRefusedError("no such person")
    return {"result": "OK"}


def _new_person(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
    name, birth_date, sex = (str(values[key]) for key in ("name", "birth_date", "sex"))
    if sex not in {"1", "2"} or len(birth_date) != 8 or not birth_date.isdecimal():
        raise ActionError("sex: 1 or 2; birth_date: YYYYMMDD")
    if not name or len(name.encode("gb18030")) > 50:
        raise ActionError("name: 1 to 50 bytes in GB18030")
    with controls.desk.store.transaction() as records:
        person = _invented(records, name, birth_date, sex, str(values["bank"]))
        settle(records, person)
    return {"id_number": person.id_number, "name": person.name}


def _invented(records: Records, name: str, birth_date: str, sex: str, bank: str) -> Person:
    """Return a fully prepared person with the first free number of that day and sex."""
    if bank not in codes.BANKS:
        raise ActionError(f"bank: known: {', '.join(codes.BANKS)}")
    sequences = range(981 if sex == "1" else 980, 100, -2)
    numbers = (identity_number(f"4107{NOBODYS_COUNTY}", birth_date, s) for s in sequences)
    free = next((n for n in numbers if records.overview(n) is None), None)
    if free is None:
        raise ActionRefusedError("no free number for that day")
    return Person(
        id_number=free,
        name=name,
        sex=sex,
        nation="01",
        birth_date=birth_date,
        birth_place="410702",
        nationality="CHN",
        document="01",
        region=codes.REGION,
        bank=bank,
        case="new",
        preparation=people.EVERYTHING,
    )


def _list_people(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
    people_listed = str(values["people"]).split()
    desk = controls.desk
    with desk.store.transaction() as records:
        unknown = [one for one in people_listed if records.overview(one) is None]
        if not people_listed or unknown:
            raise ActionError("people: numbers of people, with blanks between them")
        at = desk.clock().strftime("%Y%m%dT%H%M%S")
        number = records.listed_batch(codes.REGION, desk.user, at)
        records.add_roster(number, people_listed)
    return {"number": number}


def _banks_answer(controls: Controls, values: dict[str, Parameter]) -> dict[str, object]:
    failing = dict.fromkeys(str(values["people"]).split(), str(values["reason"]))
    with controls.desk.store.transaction() as records:
        return {"answered": batch_lists.let_banks_answer(records, failing)}


ACTIONS: Final[dict[str, Action]] = {
    "go down": Action("refuse connections, or answer 503", {"how": "refuse"}, _go_down),
    "come back": Action("be there again at the same address", {}, _come_back),
    "behave": Action("forget all ordered faults; late calls go on at once", {}, _behave),
    "answer late": _fault(FaultKind.ANSWER_LATE, "do it, then answer late", late=True),
    "work late": _fault(FaultKind.WORK_LATE, "do it late, then answer", late=True),
    "lose answers": _fault(FaultKind.LOSE, "do it, then close without an answer"),
    "answer twice": _fault(FaultKind.ANSWER_TWICE, "send the answer twice"),
    "deliver twice": _fault(FaultKind.DELIVER_TWICE, "do it twice, send the second answer"),
    "answer in": _fault(
        FaultKind.CHARSET, "answer in another charset", text="gbk", name="charset", known=CHARSETS
    ),
    "answer with text": _fault(FaultKind.TEXT, "do nothing, answer this in ERR", text=BUSY),
    "work, then answer with text": _fault(
        FaultKind.WORK_TEXT, "do it, answer this in ERR all the same", text=BUSY
    ),
    "answer with a fault": _fault(FaultKind.SOAP_FAULT, "do nothing, SOAP fault", text=BUSY),
    "answer with status": _fault(
        FaultKind.STATUS, "do nothing, answer an HTTP status", text=503, name="status"
    ),
    "answer for ever": _fault(
        FaultKind.ENDLESS,
        "do it, then send an answer that never ends",
        text="header",
        name="part",
        known=ENDLESS,
    ),
    "answer garbage": _fault(FaultKind.GARBAGE, "do it, then answer with a web page"),
    "reject the HSM": _fault(
        FaultKind.TEXT, "the HSM refuses", only="加密机外部认证", text="加密机认证失败"
    ),
    "falsify the HSM": _fault(
        FaultKind.FALSE_PROOF, "the HSM computes something wrong", only="加密机外部认证"
    ),
    "fail the bank sync": _fault(
        FaultKind.TEXT, "领卡启用 answers 02 and does nothing", only="领卡启用", text="02"
    ),
    "report lost": _clerk("正式挂失", "正式挂失 of the person's card"),
    "suspend": _clerk("临时挂失", "临时挂失 of the person's card"),
    "cancel the card": _clerk("注销", "注销 of the person's card"),
    "lift the loss": _clerk("解除挂失", "解除挂失 of the person's card"),
    "apply": _clerk("补换卡申请", "补换卡申请, 5 遗失补卡", bank=""),
    "register fee": _clerk("交费登记", "交费登记"),
    "cancel fee": _record(
        "撤销交费登记", lambda records, person, _: records.cancel_fee(person.id_number)
    ),
    "mark": _clerk("即制卡标注", "即制卡标注"),
    "unmark": _record(
        "撤销标注",
        lambda records, person, _: records.set_mark(_open_application(person), is_marked=False),
    ),
    "withdraw data": _record(
        "the data goes back, with a reason",
        lambda records, person, reason: records.set_withdrawn(
            _open_application(person), reason or people.POLICE
        ),
        reason=people.POLICE,
    ),
    "release data": _record(
        "the withdrawn data is good again",
        lambda records, person, _: records.set_withdrawn(_open_application(person), ""),
    ),
    "lock the batch": _record(
        "another window holds the person's batch",
        lambda records, person, _: records.set_holder(_open_application(person), OTHER_WINDOW),
    ),
    "release the batch": _record("the other window lets go", _release),
    "handle failure": _clerk("失败数据处理", "失败数据处理"),
    "restore application": _clerk("恢复申请", "恢复申请"),
    "activate": _clerk("领卡启用", "领卡启用 at the province's own window"),
    "list people": Action(
        "put people on the list of a new batch; returns its number", {"people": ""}, _list_people
    ),
    "let the banks answer": Action(
        "banks answer about everybody who is being checked; some fail for this reason",
        {"people": "", "reason": "客户身份信息不完整"},
        _banks_answer,
    ),
    "replace the photo": Action(
        "take the person's portrait anew, with a flaw or without",
        {"id_number": "", "flaw": ""},
        _replace_photo,
    ),
    "new person": Action(
        "invent a person with everything prepared",
        {"name": "", "sex": "1", "birth_date": "19900101", "bank": codes.MAIN_BANK},
        _new_person,
    ),
}

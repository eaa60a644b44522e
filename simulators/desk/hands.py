"""Actions of a person at a simulated desk, and faults of its devices, by name."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.desk.id_cards import Card, invented
from simulators.desk.lines import PtyLine, TcpLine, UsbIpLine
from simulators.desk.pin_pads import FramedPad, KeysPad
from simulators.desk.sam_module import SamModule

Line = PtyLine | TcpLine | UsbIpLine
SELECT, READ = "2002", "3001"


class CannotDoError(Exception):
    """There is no such action, or its parameters are invalid."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Attributes:
        word: Name of the action.
        chinese: Its Chinese name for the page.
        do: Performs it; takes its parameters by name, all of them text with a default.
    """

    word: str
    chinese: str
    do: Callable[..., None]

    @property
    def parameters(self) -> dict[str, str]:
        """Parameter -> its default."""
        found = inspect.signature(self.do).parameters.values()
        return {one.name: str(one.default) for one in found}

    def listed(self) -> dict[str, object]:
        """Return it in the form in which the machine lists its own."""
        return {
            "action": self.word,
            "chinese": self.chinese,
            "group": "",
            "explanation": "",
            "parameters": [
                {"name": name, "kind": "str", "required": False, "default": default}
                for name, default in self.parameters.items()
            ],
        }


class Hands:
    """The person, the clerk and the cables of one desk."""

    def __init__(
        self,
        module: SamModule,
        id_line: Line,
        pad: FramedPad | KeysPad,
        pad_line: PtyLine,
        *,
        seed: int = 1,
    ) -> None:
        self._module = module
        self._pad = pad
        self._rng = random.Random(seed)
        actions = (
            Action("put an ID card on", "放上身份证", self._put),
            Action("lift the ID card", "拿开身份证", module.lift_card),
            Action(
                "lift it before it is selected", "选卡前拿开", lambda: module.lift_before(SELECT)
            ),
            Action("lift it before it is read", "读卡前拿开", lambda: module.lift_before(READ)),
            Action("unplug the ID reader", "拔掉身份证阅读器", id_line.unplug),
            Action("plug the ID reader in", "插上身份证阅读器", id_line.plug),
            Action(
                "the module fails its self-test", "安全模块自检失败", lambda: module.be_broken(0x60)
            ),
            Action(
                "the module is not authorised", "安全模块未授权", lambda: module.be_broken(0x66)
            ),
            Action("mend the module", "恢复安全模块", lambda: module.be_broken(0)),
            Action("lose the next answer", "丢失应答", lambda: module.say_nothing(1)),
            Action(
                "send the next answers in pieces", "应答分段", lambda: module.answer_in_pieces(7, 3)
            ),
            Action(
                "send bytes before the next answer",
                "应答前有杂字节",
                lambda: module.send_before(b"\x00\xaa"),
            ),
            Action("send the next answer twice", "应答发两遍", lambda: module.double(1)),
            Action("spoil the next checksum", "校验错", lambda: module.spoil_checksum(1)),
            Action(
                "lie about the next length", "长度不符", lambda: module.lie_about_length(0x0300)
            ),
            Action("type at the next prompts", "预定按键", self._type),
            Action("press keys now", "按键", self._press),
            Action("unplug the PIN pad", "拔掉密码键盘", pad_line.unplug),
            Action("plug the PIN pad in", "插上密码键盘", pad_line.plug),
        )
        self.actions: Final[Mapping[str, Action]] = {one.word: one for one in actions}

    def do(self, word: str, given: Mapping[str, str]) -> None:
        """Perform an action.

        Raises:
            CannotDoError: No such action, or an unknown parameter.
        """
        action = self.actions.get(word)
        if action is None or not set(given) <= set(action.parameters):
            raise CannotDoError(f"{word!r}: known are {', '.join(self.actions)}")
        action.do(**{name: str(value) for name, value in given.items()})

    def state(self) -> dict[str, object]:
        """Return the externally visible state; no PIN."""
        return {
            "id_card": self._module.holder,
            "commands": dict(self._module.counts),
            "prompts": [list(prompt) for prompt in self._pad.opened],
            "pad_open": self._pad.is_open,
        }

    def _put(
        self, number: str = "", name: str = "", kind: str = "", valid_until: str = "20400101"
    ) -> None:
        card = invented(self._rng, kind)
        if number:
            birth = number[6:14] if kind != "I" else card.birth
            card = Card(number, name or card.name, kind, card.latin_name, birth=birth)
        elif name:
            card = Card(card.number, name, kind, card.latin_name, birth=card.birth)
        self._module.put_card(
            Card(
                card.number,
                card.name,
                kind,
                card.latin_name,
                birth=card.birth,
                valid_until=valid_until,
            )
        )

    def _type(self, plans: str = "") -> None:
        """Set what is typed: one word for each prompt; `walks away` has none between its words."""
        self._pad.will_type(*plans.split(","))

    def _press(self, keys: str = "") -> None:
        self._pad.press(keys)

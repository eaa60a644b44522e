"""The operator's actions: one table from names to methods of `Hands`.

The control API and the page are generated from it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.machine.cards_in_path import PhysicalCard
from simulators.machine.hands import Hands

Value = str | int | float
_KINDS: Final[dict[str, tuple[type, ...]]] = {"str": (str,), "int": (int,), "float": (int, float)}


class UnknownActionError(Exception):
    """There is no action of this name."""


class ParameterError(Exception):
    """A parameter is unknown, missing or of the wrong type; the message names it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an action; `default` None means that it must be given."""

    name: str
    kind: str
    default: Value | None


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a person, or one fault.

    Attributes:
        word: Name of the action.
        chinese: Its Chinese name for the page.
        group: Group on the page.
        do: The method of `Hands`.
    """

    word: str
    chinese: str
    group: str
    do: Callable[..., PhysicalCard | None]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Taken from the method's signature."""
        found = list(inspect.signature(self.do).parameters.values())[1:]
        return tuple(
            Parameter(
                each.name,
                str(each.annotation),
                None if each.default is inspect.Parameter.empty else each.default,
            )
            for each in found
        )

    @property
    def explanation(self) -> str:
        """The first line of the method's docstring."""
        return (inspect.getdoc(self.do) or "").splitlines()[0]


_CARDS, _DESK, _DOORS, _RIBBON, _FAULTS, _TIME = (
    "cards",
    "reader on the desk",
    "cover, cables, power",
    "ribbon",
    "faults",
    "time",
)

_ALL: Final = (
    Action("fill the feeder", "加卡", _CARDS, Hands.fill_the_feeder),
    Action("empty the feeder", "取空进卡槽", _CARDS, Hands.empty_the_feeder),
    Action(
        "put a blank of another bank on top",
        "放一张他行预制卡",
        _CARDS,
        Hands.put_a_blank_of_another_bank_on_top,
    ),
    Action(
        "take a card out of the drawer",
        "从抽屉取一张卡",
        _CARDS,
        Hands.take_a_card_out_of_the_drawer,
    ),
    Action("turn the next blank round", "下一张放反", _CARDS, Hands.turn_the_next_blank_round),
    Action("mute the next blank", "下一张接触不良", _CARDS, Hands.mute_the_next_blank),
    Action("scratch the next blank", "下一张磁条损坏", _CARDS, Hands.scratch_the_next_blank),
    Action("swap the card inside", "调换机内卡", _CARDS, Hands.swap_the_card_inside),
    Action("leave a card inside", "机内遗留一张卡", _CARDS, Hands.leave_a_card_inside),
    Action("take the card", "取走卡", _CARDS, Hands.take_the_card),
    Action(
        "put the card back into the feeder",
        "把卡放回进卡槽",
        _CARDS,
        Hands.put_the_card_back_into_the_feeder,
    ),
    Action("empty the reject bin", "清空废卡盒", _CARDS, Hands.empty_the_reject_bin),
    Action("fill the reject bin", "塞满废卡盒", _CARDS, Hands.fill_the_reject_bin),
    Action("take the reject bin out", "取出废卡盒", _CARDS, Hands.take_the_reject_bin_out),
    Action("put the reject bin in", "装回废卡盒", _CARDS, Hands.put_the_reject_bin_in),
    Action("put a card into the reader", "插入卡", _CARDS, Hands.put_a_card_into_the_reader),
    Action(
        "take the card out of the reader",
        "从读卡器取走卡",
        _CARDS,
        Hands.take_the_card_out_of_the_reader,
    ),
    Action(
        "put the card in the reader aside",
        "从读卡器取出作废",
        _CARDS,
        Hands.put_the_card_in_the_reader_aside,
    ),
    Action(
        "put a card into the desk reader",
        "卡放上窗口读卡器",
        _DESK,
        Hands.put_a_card_into_the_desk_reader,
    ),
    Action(
        "put a temporary blank into the desk reader",
        "临时卡空白卡放上窗口读卡器",
        _DESK,
        Hands.put_a_temporary_blank_into_the_desk_reader,
    ),
    Action(
        "take the card out of the desk reader",
        "从窗口读卡器取走卡",
        _DESK,
        Hands.take_the_card_out_of_the_desk_reader,
    ),
    Action("open the cover", "打开上盖", _DOORS, Hands.open_the_cover),
    Action("close the cover", "合上上盖", _DOORS, Hands.close_the_cover),
    Action("pull the printer cable", "拔打印机线", _DOORS, Hands.pull_the_printer_cable),
    Action("plug the printer cable in", "插打印机线", _DOORS, Hands.plug_the_printer_cable_in),
    Action("pull the reader cable", "拔读卡器线", _DOORS, Hands.pull_the_reader_cable),
    Action("plug the reader cable in", "插读卡器线", _DOORS, Hands.plug_the_reader_cable_in),
    Action("cut the power", "断电", _DOORS, Hands.cut_the_power),
    Action("switch the power on", "通电", _DOORS, Hands.switch_the_power_on),
    Action("take the ribbon out", "取出色带", _RIBBON, Hands.take_the_ribbon_out),
    Action("put a new ribbon in", "装新色带", _RIBBON, Hands.put_a_new_ribbon_in),
    Action("use up the ribbon", "色带用完", _RIBBON, Hands.use_up_the_ribbon),
    Action("loosen the ribbon chip", "色带芯片松动", _RIBBON, Hands.loosen_the_ribbon_chip),
    Action("reseat the ribbon chip", "装好色带芯片", _RIBBON, Hands.reseat_the_ribbon_chip),
    Action(
        "let the ribbon counter read 0",
        "色带余量显示0",
        _RIBBON,
        Hands.let_the_ribbon_counter_read_0,
    ),
    Action("jam the card", "卡住", _FAULTS, Hands.jam_the_card),
    Action("clear the jam", "排除卡住", _FAULTS, Hands.clear_the_jam),
    Action("block the feeder", "进卡失败", _FAULTS, Hands.block_the_feeder),
    Action("free the feeder", "恢复进卡", _FAULTS, Hands.free_the_feeder),
    Action("show a defect", "显示故障代码", _FAULTS, Hands.show_a_defect),
    Action("mend the defects", "排除故障代码", _FAULTS, Hands.mend_the_defects),
    Action("dirty the print head", "打印头脏", _FAULTS, Hands.dirty_the_print_head),
    Action("clean the print head", "擦净打印头", _FAULTS, Hands.clean_the_print_head),
    Action("dirty the contacts", "芯片触点脏", _FAULTS, Hands.dirty_the_contacts),
    Action("clean the contacts", "擦净芯片触点", _FAULTS, Hands.clean_the_contacts),
    Action("tear at APDU", "写卡中断", _FAULTS, Hands.tear_at_apdu),
    Action("lose the next answer", "丢失应答", _FAULTS, Hands.lose_the_next_answer),
    Action("answer OK instead of data", "只答OK", _FAULTS, Hands.answer_ok_instead_of_data),
    Action("answer late", "应答迟到", _FAULTS, Hands.answer_late),
    Action("ask for the plane again", "要求重发色面", _FAULTS, Hands.ask_for_the_plane_again),
    Action("set speed", "设定速度", _TIME, Hands.set_speed),
    Action("pause the machine", "暂停", _TIME, Hands.pause_the_machine),
    Action("let the machine go on", "继续", _TIME, Hands.let_the_machine_go_on),
)

ACTIONS: Final[Mapping[str, Action]] = {action.word: action for action in _ALL}


def perform(hands: Hands, word: str, given: Mapping[str, object]) -> PhysicalCard | None:
    """Perform the action `word`; returns the affected card, if it was one card.

    Raises:
        UnknownActionError: No such action.
        ParameterError: A parameter is unknown, missing or of the wrong type.
        CannotDoError: The action is impossible now.
    """
    action = ACTIONS.get(word)
    if action is None:
        raise UnknownActionError(word)
    return action.do(hands, **checked(action, given))


def checked(action: Action, given: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters, each one known and of its type.

    Raises:
        ParameterError: One is not.
    """
    known = {parameter.name: parameter for parameter in action.parameters}
    for name in given:
        if name not in known:
            raise ParameterError(f"{name}: unknown; known: {', '.join(known) or 'none'}")
    for parameter in known.values():
        if parameter.default is None and parameter.name not in given:
            raise ParameterError(f"{parameter.name}: missing")
    for name, value in given.items():
        kind = known[name].kind
        if isinstance(value, bool) or not isinstance(value, _KINDS[kind]):
            raise ParameterError(f"{name}: expected {kind}")
    return dict(given)

"""单位: who applies for cards of its people, its bank, and who collects the cards.

Source: document 003, 4.1 (申领信息维护): bank and branch can't be changed once they are confirmed;
there are at most two collectors, who may be changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MOST_COLLECTORS: Final = 2


@dataclass(frozen=True, slots=True)
class Collector:
    """领卡人; personal: never log it.

    Attributes:
        number: 社会保障号码.
        name: 姓名.
        phone: 联系电话.
    """

    number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit.

    Attributes:
        number: 单位编号.
        name: 单位名称.
        AAE008: Bank code of its people's cards; empty while it is not known.
        branch: 网点编号.
        branch_name: 网点名称.
        fixed: Whether bank and branch were confirmed and can't be changed any more.
        collectors: At most two.
    """

    number: str
    name: str
    AAE008: str = ""
    branch: str = ""
    branch_name: str = ""
    fixed: bool = False
    collectors: tuple[Collector, ...] = ()

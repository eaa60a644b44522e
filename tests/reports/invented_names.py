"""Names of invented people over the whole range that a window meets, made from a seed.

Source: the surnames are the most frequent ones of the census and the compound ones of 百家姓;
    blocks of Unicode 15.1; GB 18030 names of minorities with U+00B7.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜"
    "崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文"
    "仝仉佘俞冼冮刁卞厍呙員圈姒嬴宓宦尧岑干弭怀战戚扈揭撒操敖旷晏暨曲朴楚樊欧殳母洑湛濮璩甄甯甘瞿禹竺管索缪臧臺艾芦苗荆莘萨蒯蓝蔺"
    "覃訾贠邝邰郄郅郇郗郜鄢鄯酆钭闵阚阮隗雍雒靳鞠飏饶骆鱼麦麻黑鼐"
)
COMPOUND: Final = "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 澹台 呼延 东方 独孤 完颜 纳兰"
GIVEN: Final = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉力俊鹏斌梅琳雪松柏嘉欣怡然子轩梓涵浩宇思远晨曦"
    "若曦诗雨彤皓炜烨煜燊焱垚犇骉赟翀昱昀旻晟曌珏珺琎琨瑀璟璠祎祺禛禤喆堃堉埕垟堽塬嫄婧婕媖孖孭岽崚嵘嶙巍彧"
    "恺悫惇愔慜懿戬抒捷掞敔斐斓旸昇昉晗晢暄曈杼栩桁梽棣楠楷榛槿檀欤毓沁沄泓泺洺浠涓淏淼湉溦滢漪潇澍濛瀚灏灿"
)
#: Syllables with which names of Uyghurs, Kazakhs, Tibetans and Mongols are written.
_SYLLABLES: Final = (
    "阿卜杜艾买提力吐尔逊买合木提江古丽努如拉木江热依木赛买提斯拉吉克孜别克叶尔兰巴特尔格日勒图雅其木格"
    "扎西次仁多吉卓玛央金旦增洛桑"
)
_LATIN_LINES: Final = (
    "ALEXANDER MARIA JOHN MUHAMMAD ABDULLAH YUSUF SOPHIE ANNE JEAN-PIERRE O'CONNOR VAN DER BERG",
    "MÜLLER JOSÉ GARCÍA LØVE ŁUKASZ ÇELİK NGUYỄN ĐỨC IVANOVA SATO CHARLOTTE DE LA CRUZ",
    "MAXIMILIAN HẰNG ẲN LǗ",
)
_LATIN: Final = [word for line in _LATIN_LINES for word in line.split()]
BLOCKS: Final = {
    "URO": (0x4E00, 0x9FFF),
    "extension A": (0x3400, 0x4DBF),
    "extension B": (0x20000, 0x2A6DF),
    "extension C": (0x2A700, 0x2B739),
    "extension D": (0x2B740, 0x2B81D),
    "extension E": (0x2B820, 0x2CEA1),
    "extension F": (0x2CEB0, 0x2EBE0),
    "extension G": (0x30000, 0x3134A),
    "extension H": (0x31350, 0x323AF),
}
#: What is in no name: private use, an invisible sign, a line break, a lost character, a tag.
_REFUSED: Final = ("\ue000", "\ue863", "\U000f0000", "\u200b", "\u200e", "\n", "□", "\ufffd", "？")


class InventedName(NamedTuple):
    """A name and what it is an example of."""

    kind: str
    name: str


def invented_names(count: int, seed: int = 1) -> Iterator[InventedName]:
    """Yield names of every kind in turn; the same seed gives the same names."""
    chance = random.Random(seed)
    kinds = list(_KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        yield InventedName(kind, make(chance))


def _usual(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))


def _compound(chance: random.Random) -> str:
    return chance.choice(COMPOUND.split()) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2))))


def _two_surnames(chance: random.Random) -> str:
    return "".join(chance.sample(SURNAMES, 2)) + "".join(chance.choices(GIVEN, k=2))


def _syllables(chance: random.Random, low: int, high: int) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(low, high)))


def _minority(chance: random.Random) -> str:
    return f"{_syllables(chance, 2, 7)}·{_syllables(chance, 2, 6)}"


def _minority_of_three(chance: random.Random) -> str:
    return "·".join(_syllables(chance, 3, 7) for _ in range(3))


def _long(chance: random.Random) -> str:
    """25 characters: what the chip holds in its 50 bytes."""
    first = chance.randint(3, 20)
    return f"{_syllables(chance, first, first)}·{_syllables(chance, 24 - first, 24 - first)}"


def _long_without_dot(chance: random.Random) -> str:
    return _syllables(chance, 25, 25)


def _latin(chance: random.Random) -> str:
    return " ".join(chance.sample(_LATIN, chance.randint(2, 5)))


def _long_latin(chance: random.Random) -> str:
    name = " ".join(chance.sample(_LATIN, 12))
    return name[:50].strip()


def _mixed(chance: random.Random) -> str:
    return f"{_usual(chance)} {chance.choice(_LATIN)}"


def _rare(block: str) -> Callable[[random.Random], str]:
    low, high = BLOCKS[block]

    def make(chance: random.Random) -> str:
        return chance.choice(SURNAMES) + "".join(
            chr(chance.randint(low, high)) for _ in range(chance.choice((1, 2)))
        )

    return make


def _refused(chance: random.Random) -> str:
    name = _usual(chance)
    at = chance.randint(1, len(name))
    return name[:at] + chance.choice(_REFUSED) + name[at:]


def _decomposed(chance: random.Random) -> str:
    return unicodedata.normalize("NFD", chance.choice(("JOSÉ", "MÜLLER", "NGUYỄN")))


def _too_long(chance: random.Random) -> str:
    return _syllables(chance, 60, 80)


_KINDS: Final[dict[str, Callable[[random.Random], str]]] = {
    "usual": _usual,
    "compound surname": _compound,
    "two surnames": _two_surnames,
    "minority": _minority,
    "minority, three parts": _minority_of_three,
    "25 characters": _long,
    "25 characters without dot": _long_without_dot,
    "Latin": _latin,
    "Latin, 50 characters": _long_latin,
    "mixed": _mixed,
    **{block: _rare(block) for block in BLOCKS},
    "refused character": _refused,
    "combining mark": _decomposed,
    "too long": _too_long,
}

"""Error codes of the national card driver interface, for callers that know only those.

Source: 人社信息函〔2016〕38号, appendix A. A status word without an entry of its own is given as
    its negative: the appendix lists these so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from station.core.errors import (
    CardMismatchError,
    CardMuteError,
    GatewayError,
    InputError,
    PinLockedError,
    PinRefusedError,
    ReaderBusyError,
    ReaderNotConnectedError,
    StationError,
    StatusWordError,
    TransportError,
    WrongCardError,
    WrongCardReason,
)

UNKNOWN: Final = -9999  # ours: the appendix has "other: unknown" without a number
PIN_WRONG: Final = -51
PIN_LOCKED: Final = -52

TEXTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        -1: "卡类型不对",
        -2: "无卡",
        -3: "卡未上电",
        -4: "卡无应答",
        -5: "动态库加载失败",
        -11: "读写器连接错",
        -12: "未建立连接",
        -13: "不支持该命令",
        -14: "参数错",
        -15: "校验和错",
        -20: "卡识别码格式错",
        -21: "内部认证失败",
        -22: "传入数据与卡不符",
        -23: "传入数据不合法",
        -24: "PSAM卡密钥级别不够",
        -31: "用户取消密码输入",
        -32: "密码输入超时",
        -33: "密码长度错",
        -34: "两次输入密码不一致",
        -35: "初始密码不允许交易",
        -36: "不允许改为初始密码",
        -41: "操作数含非法字符",
        -42: "操作数长度错",
        -51: "密码校验失败",
        -52: "密码已锁定",
        -2201: "找不到PSAM卡",
        -2202: "PSAM卡不支持该算法",
        -2203: "PSAM卡内没有RKSSSE密钥",
        -2204: "不需要加密机认证",
        -25536: "外部认证失败，密钥已锁定",
        -25537: "外部认证失败，剩余1次",
        -25538: "外部认证失败，剩余2次",
        -26368: "长度错",
        -26881: "卡状态不对",
        -27009: "命令与文件结构不符",
        -27010: "不满足安全状态",
        -27011: "认证方法锁定",
        -27012: "随机数无效",
        -27013: "使用条件不满足",
        -27016: "安全报文错",
        -27264: "数据域参数错",
        -27265: "功能不支持或卡锁定",
        -27266: "未找到文件",
        -27267: "未找到记录",
        -27272: "密钥未找到",
        -37634: "MAC无效",
        -37635: "应用永久锁定",
        -37891: "密钥索引不支持",
        -37894: "所需MAC不可用",
    }
)

_MUTE: Final = {"no-card": -2, "no-atr": -4, "no-known-protocol": -4}
#: The first that fits; more special ones come first.
_BY_CLASS: Final[tuple[tuple[type[StationError], int], ...]] = (
    (ReaderBusyError, -11),
    (ReaderNotConnectedError, -11),
    (TransportError, -3),
    (CardMismatchError, -22),
    (WrongCardError, -22),
    (InputError, -23),
    (GatewayError, -21),
)


def national_code(error: StationError) -> int:
    """Return the negative number that the national interface has for `error`."""
    if isinstance(error, StatusWordError):
        return _of_status_word(error)
    if isinstance(error, CardMuteError):
        return _MUTE.get(error.details.get("cause", ""), -4)
    if isinstance(error, WrongCardError) and error.reason is WrongCardReason.NOT_SOCIAL_SECURITY:
        return -1
    return next((code for kind, code in _BY_CLASS if isinstance(error, kind)), UNKNOWN)


def national_text(code: int) -> str:
    """Return what the appendix says about `code`."""
    return TEXTS.get(code, "未知错误")


def _of_status_word(error: StatusWordError) -> int:
    if isinstance(error, PinRefusedError):
        return PIN_LOCKED if isinstance(error, PinLockedError) else PIN_WRONG
    return -error.sw

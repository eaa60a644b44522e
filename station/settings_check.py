"""Every error of a settings file at once, each with its line, its key and what would be right.

Starting the station stops at the first error, which is right for a daemon and slow for a person
with an editor. This looks at the file alone (not at the environment), goes on after an error where
it can, and checks what only a start would find: names of families, models, gateways and files.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from station.core.errors import ConfigError
from station.drivers import family_names, load_family
from station.encoder import load_profile
from station.face.template.model import load_template
from station.gateways import load_gateway
from station.settings import BankSection, Settings
from station.text_file import read_text_file

MOST_SYNTAX_ERRORS: Final = 20
_BOM: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_AT_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_FILE_AND_LINE: Final = re.compile(r"^.*?:(\d+): ")
_HEADER: Final = re.compile(r"^\s*\[\[?\s*([^\]\n]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART: Final = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_LONG: Final = re.compile(r'"""|' + "'''")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One error of the file.

    Attributes:
        line: Where it is, from 1; 0 for the file as a whole.
        key: Dotted name of the setting; empty where there is none.
        problem: What is wrong, for a person. Never the value of a secret.
        right: What would be right.
    """

    line: int
    key: str
    problem: str
    right: str


class _FileAlone(Settings):
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def check_settings_file(file: Path) -> list[Finding]:
    """Return every error of a settings file, in the order of its lines; empty when it is right."""
    try:
        text = read_text_file(file)
    except ConfigError as exc:
        return [_unreadable(file, str(exc))]
    values, findings = _parse(text)
    if findings:
        return findings
    lines = locate_keys(text)

    def at(*key: str) -> int:
        return next((lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in lines), 0)

    section = values.get("province")
    if isinstance(section, dict) and "password" in section:
        key = ("province", "password")
        right = "写入 password_file 指定的文件，或环境变量 STATION_PROVINCE__PASSWORD"
        findings.append(Finding(at(*key), ".".join(key), "密码不能写在配置文件里", right))
    try:
        settings = _FileAlone(**values)
    except ValidationError as exc:
        findings += [_explained(error, at) for error in exc.errors()]
    else:
        findings += [
            Finding(at(*key), ".".join(key), problem, right)
            for key, problem, right in _beyond_the_form(settings)
        ]
    return sorted(set(findings))


def has_mark(file: Path) -> bool:
    """Whether a file begins with a byte order mark: it is accepted, and worth a word."""
    with file.open("rb") as opened:
        return opened.read(3).startswith(_BOM)


# -- the text ----------------------------------------------------------------------------------


def _unreadable(file: Path, message: str) -> Finding:
    found = _FILE_AND_LINE.match(message)
    if found:
        right = "在记事本中“另存为”，编码选 UTF-8"
        return Finding(int(found[1]), "", "不是 UTF-8 编码（可能是 ANSI/GBK）", right)
    reason = message.removeprefix(f"{file}: ")
    return Finding(0, "", f"文件读不出来：{reason}", "检查文件名和权限，或运行 station setup 新建")


def _parse(text: str) -> tuple[dict[str, Any], list[Finding]]:
    # A line that is no TOML is left out and the rest read again, so that the next one is found too.
    lines, findings = text.splitlines(), list[Finding]()
    while True:
        try:
            return tomllib.loads("\n".join(lines)), findings
        except tomllib.TOMLDecodeError as exc:
            message = str(exc)
        found = _AT_LINE.search(message)
        number = int(found[1]) if found and found[1] else len(lines)
        known = {finding.line for finding in findings}
        if not 0 < number <= len(lines) or number in known or len(known) >= MOST_SYNTAX_ERRORS:
            return {}, findings or [Finding(number, "", *_syntax(message, ""))]
        findings.append(Finding(number, "", *_syntax(message, lines[number - 1])))
        lines[number - 1] = ""


def _syntax(message: str, line: str) -> tuple[str, str]:
    reason = _AT_LINE.sub("", message).strip()
    if any(char in line for char in "“”‘’＝，［］"):
        return "用了中文标点", '引号、等号、逗号和方括号都用英文半角：key = "值"'
    if "Cannot overwrite" in reason or "twice" in reason or "Cannot declare" in reason:
        return "同一项或同一节写了两次", "只留一处"
    if "\\" in line and "escape" in reason:
        return "反斜杠在双引号里是转义符", r"路径用单引号：'C:\station'，或用正斜杠"
    if "Invalid value" in reason:
        return "等号后面不是合法的值", '文字加英文引号："值"；数字不加；真假写 true / false'
    return f"不合 TOML 写法：{reason}", '每行一项：key = "值"；节名写成 [printer]'


def locate_keys(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of each table and key of a TOML text, by its dotted name."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    until: str | None = None  # the quotes that end a text of several lines
    for number, line in enumerate(text.splitlines(), start=1):
        if until is not None:
            until = None if until in line else until
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if key:
            found.setdefault((*table, *_parts(key[1])), number)
        elif header:
            table = _parts(header[1])
            found.setdefault(table, number)
        quotes = _LONG.findall(line)
        until = quotes[0] if len(quotes) % 2 else None
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


# -- the form ----------------------------------------------------------------------------------

#: Kind of pydantic's error -> what is wrong, what would be right; `{...}` is the error's context.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "bool_type": ("应为真假值", "true 或 false，不加引号"),
    "bool_parsing": ("应为真假值", "true 或 false，不加引号"),
    "int_type": ("应为整数", "整数，不加引号"),
    "int_parsing": ("应为整数", "整数，不加引号"),
    "int_from_float": ("应为整数", "整数，不带小数"),
    "float_type": ("应为数字", "数字，不加引号"),
    "float_parsing": ("应为数字", "数字，不加引号"),
    "string_type": ("应为文字", '加英文引号："值"'),
    "path_type": ("应为文件名", '加英文引号："文件名"'),
    "greater_than": ("数值太小", "大于 {gt}"),
    "greater_than_equal": ("数值太小", "不小于 {ge}"),
    "less_than": ("数值太大", "小于 {lt}"),
    "less_than_equal": ("数值太大", "不大于 {le}"),
    "enum": ("没有这个选项", "{expected} 之一"),
    "literal_error": ("没有这个选项", "{expected} 之一"),
    "string_pattern_mismatch": ("格式不对", "符合 {pattern}"),
    "tuple_type": ("应为列表", '方括号里用逗号分开：["a", "b"]'),
    "list_type": ("应为列表", '方括号里用逗号分开：["a", "b"]'),
    "frozen_set_type": ("应为列表", '方括号里用逗号分开：["a", "b"]'),
    "model_type": ("应为一节", "写成 [{name}]，下面每行一项"),
    "model_attributes_type": ("应为一节", "写成 [{name}]，下面每行一项"),
    "dict_type": ("应为一节", "写成 [{name}]，下面每行一项"),
}


def _explained(error: ErrorDetails, at: Callable[..., int]) -> Finding:
    key = tuple(str(part) for part in error["loc"] if not isinstance(part, int))
    name, kind = ".".join(key), error["type"]
    if kind == "extra_forbidden":
        return Finding(at(*key), name, "没有这个设置", _nearest(key))
    if kind == "missing":
        field = _fields(key[:-1]).get(key[-1])
        what = (field.description or "") if field else ""
        return Finding(at(*key[:-1]), name, "缺少这一项", f"加上 {key[-1]} = …（{what}）")
    if kind in _WORDS:
        problem, right = _WORDS[kind]
        context = {"name": name, **error.get("ctx", {})}
        return Finding(at(*key), name, problem, right.format_map(context))
    return Finding(at(*key), name, error["msg"].removeprefix("Value error, "), _described(key))


def _fields(section: tuple[str, ...]) -> Mapping[str, Any]:
    if not section:
        return Settings.model_fields
    if section[0] == "banks":
        return BankSection.model_fields
    model = (
        Settings.model_fields[section[0]].annotation
        if section[0] in Settings.model_fields
        else None
    )
    return model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}


def _described(key: tuple[str, ...]) -> str:
    field = _fields(key[:-1]).get(key[-1])
    return (field.description or "") if field else "见 docs/reference/configuration.md"


def _nearest(key: tuple[str, ...]) -> str:
    known = list(_fields(key[:-1]))
    near = difflib.get_close_matches(key[-1], known, n=1, cutoff=0.6)
    if near:
        return f"想写的是 {near[0]}？"
    elsewhere = [name for name in Settings.model_fields if key[-1] in _fields((name,))]
    if elsewhere:
        return f"它属于 [{elsewhere[0]}] 这一节"
    return f"删去这一项；这里可以写：{'、'.join(known)}" if known else "删去这一项"


# -- what only a start would find ------------------------------------------------------------------

Found = tuple[tuple[str, str], str, str]


def _beyond_the_form(settings: Settings) -> Iterator[Found]:
    yield from _printer(settings)
    for key, load in (
        (("chip", "profile"), lambda: load_profile(settings.chip.profile)),
        (("province", "gateway"), lambda: load_gateway(settings.province.gateway)),
    ):
        try:
            load()
        except ConfigError as exc:
            problem, _, known = str(exc).partition("; known: ")
            yield key, f"不存在：{problem}", f"{known} 之一"
    if not re.fullmatch(r"[0-9]{6}", settings.province.region):
        yield ("province", "region"), "发卡地不是六位数字", "行政区划代码，如 410700"
    if not re.match(r"https?://[^/\s]+", settings.province.url):
        yield ("province", "url"), "不是网址", "http:// 或 https:// 开头的服务地址"
    yield from _files(settings)


def _printer(settings: Settings) -> Iterator[Found]:
    chosen = settings.printer
    if chosen.family not in family_names():
        yield (
            ("printer", "family"),
            f"没有 {chosen.family} 这一类制卡机",
            f"{'、'.join(family_names())} 之一",
        )
        return
    family = load_family(chosen.family)
    if chosen.model not in family.models:
        known = "、".join(sorted(family.models))
        yield ("printer", "model"), f"{chosen.family} 没有型号 {chosen.model}", f"{known} 之一"
        return
    kinds = family.models[chosen.model].links
    if family.link_address(chosen.link).partition(":")[0] not in kinds:
        right = "、".join(f"{kind}:" for kind in kinds)
        yield ("printer", "link"), "这种制卡机不能这样连接", f"以 {right} 开头"


def _files(settings: Settings) -> Iterator[Found]:
    for section, name in _FILE_KEYS:
        given = getattr(getattr(settings, section), name)
        files = given if isinstance(given, tuple) else (given,)
        if section == "face" and not settings.face.prints:
            continue
        for file in files:
            if file is not None and not file.is_file():
                yield (section, name), f"文件不存在：{file}", "现有文件的完整路径"
    if settings.face.prints and settings.face.template.is_file():
        try:
            load_template(settings.face.template)
        except ConfigError as exc:
            yield ("face", "template"), f"卡面模板有误：{exc}", "改正该文件，或换一个模板"


_FILE_KEYS: Final = (
    ("chip", "transport_file"),
    ("province", "password_file"),
    ("province", "ca_file"),
    ("data_centre", "keys"),
    ("face", "template"),
    ("face", "photo_profile"),
    ("face", "test_card"),
    ("face", "fonts"),
)

"""Tables from which invented people get their names."""

from __future__ import annotations

from typing import Final

SURNAMES: Final = tuple(
    "王李张刘陈杨赵黄周吴徐孙马胡朱郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝"
)
DOUBLE_SURNAMES: Final = (
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "端木",
)  # fmt: skip
MALE_GIVEN: Final = (
    "伟", "强", "磊", "军", "勇", "建国", "志强", "海涛", "文博", "子轩", "浩然", "俊杰", "振华",
    "国栋", "永康", "保平", "新民", "鹏飞", "宇航", "明哲", "庆丰", "立新", "春生", "德福", "卫东",
    "家豪", "天佑", "长河", "守信", "豫平",
)  # fmt: skip
FEMALE_GIVEN: Final = (
    "芳", "娜", "敏", "静", "丽", "秀英", "桂兰", "晓燕", "雪梅", "雨欣", "梓涵", "诗琪", "春花",
    "玉珍", "红霞", "佳怡", "思远", "慧敏", "海燕", "凤英", "素贞", "冬梅", "彩云", "若兰", "新月",
    "婉清", "文静", "兰香", "月娥", "豫秀",
)  # fmt: skip

#: Given names with characters outside GBK: CJK Extension A, and Extension B where marked.
RARE_GIVEN: Final = (
    "㛃", "䶮", "㼆", "建䶮", "㛃然", "文㼆", "䶮辉", "小㛃",
    "𠮷", "𠮷祥", "大𠮷",  # U+20BB7, Extension B
    "𣲘", "𬱖",  # U+23C98 Extension B, U+2CC56 Extension E
)  # fmt: skip

#: Name, 民族, sex, birth place.
MINORITY_NAMES: Final = (
    ("阿卜杜热依木·买买提明", "05", "1", "653101"),
    ("古丽娜尔·艾合买提", "05", "2", "650102"),
    ("热孜万古丽·吐尔逊", "05", "2", "653101"),
    ("艾尼瓦尔·阿不力孜", "05", "1", "650103"),
    ("迪丽达尔·库尔班", "05", "2", "650102"),
    ("努尔兰·叶尔肯别克", "17", "1", "654002"),
    ("阿依古丽·哈孜别克", "17", "2", "654002"),
    ("吉克·阿依", "07", "2", "513401"),
    ("阿苏·拉铁", "07", "1", "513401"),
    ("扎西·旺堆次仁", "04", "1", "540102"),
    ("格桑·卓玛央金", "04", "2", "540102"),
    ("乌仁·图雅", "02", "2", "150102"),
)

#: Name as in the passport, country (ISO 3166 alpha-3 and numeric), sex.
LATIN_NAMES: Final = (
    ("ANNA MARIE LINDQUIST", "SWE", "752", "2"),
    ("JONATHAN PAUL WHITFIELD", "GBR", "826", "1"),
    ("KOFI MENSAH BADU", "GHA", "288", "1"),
    ("LUCIA FERNANDEZ DE ALBA", "ESP", "724", "2"),
    ("OKSANA PETRENKO", "UKR", "804", "2"),
    ("THOMAS O'DONNELL-KEANE", "IRL", "372", "1"),
)

"""Code tables of the simulated province: places, ethnic groups, banks, documents, reasons.

Source: GB/T 2260 (places of 新乡 and some neighbours), GB/T 3304 (ethnic groups), ISO 3166.
Bank codes are the banks' customer lines, as provincial systems use them. Written for the
simulator alone: the gateway has its own tables, and the two meet only over HTTP.
"""

from __future__ import annotations

from typing import Final

REGION: Final = "410700"
OTHER_REGION: Final = "410100"
CITY_NAMES: Final = {REGION: ("新乡", "新乡市"), OTHER_REGION: ("郑州", "郑州市")}
ISSUER: Final = "新乡市社会保障卡服务中心"

BIRTH_PLACES: Final = {
    "410702": "红旗区",
    "410703": "卫滨区",
    "410704": "凤泉区",
    "410711": "牧野区",
    "410721": "新乡县",
    "410724": "获嘉县",
    "410725": "原阳县",
    "410726": "延津县",
    "410727": "封丘县",
    "410728": "长垣县",
    "410781": "卫辉市",
    "410782": "辉县市",
    "410102": "郑州市中原区",
    "410204": "开封市鼓楼区",
    "410502": "安阳市文峰区",
    "130402": "邯郸市邯山区",
    "370102": "济南市历下区",
    "650102": "乌鲁木齐市天山区",
    "650103": "乌鲁木齐市沙依巴克区",
    "653101": "喀什市",
    "654002": "伊宁市",
    "540102": "拉萨市城关区",
    "150102": "呼和浩特市新城区",
    "513401": "西昌市",
    "450102": "南宁市兴宁区",
    "810000": "香港特别行政区",
    "820000": "澳门特别行政区",
    "830000": "台湾省",
    "000000": "国外",
}
LOCAL_PLACES: Final = tuple(code for code in BIRTH_PLACES if code.startswith("4107"))

NATIONS: Final = {
    "01": "汉族",
    "02": "蒙古族",
    "03": "回族",
    "04": "藏族",
    "05": "维吾尔族",
    "06": "苗族",
    "07": "彝族",
    "08": "壮族",
    "11": "满族",
    "15": "土家族",
    "17": "哈萨克族",
    "99": "其他",
}

SEXES: Final = {"1": "男", "2": "女", "9": "未说明"}

BANKS: Final = {
    "95533": "中国建设银行",
    "95588": "中国工商银行",
    "95599": "中国农业银行",
    "95566": "中国银行",
    "95580": "中国邮政储蓄银行",
}
#: The bank of all people, except in the case `other-bank`, and of the demonstration's blanks.
MAIN_BANK: Final = "95533"
OTHER_BANK: Final = "95588"

#: 证件类型. The dialect's page leaves the codes open; these follow Zhejiang's list. unverified
DOCUMENTS: Final = {
    "01": "居民身份证",
    "04": "港澳居民居住证",
    "06": "台湾居民居住证",
    "07": "外国人永久居留身份证",
}

#: 申请类型.
FIRST: Final = "1"
LOST_REISSUE: Final = "5"
EXCHANGE: Final = "6"
WARRANTY: Final = "7"
LOST_REISSUE_REASON: Final = "遗失补卡"

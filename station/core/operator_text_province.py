"""Texts about the province: the line, its answers, its refusals. Data only; read `operator_text`.

Each value is title, cause, then the steps of the remedy; see `operator_text_machine`.
"""

from __future__ import annotations

from typing import Final

from station.core.errors import AnswerProblem

PROVINCE_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    # --- the province ---
    "province-failed": (
        "省卡管办理失败",
        "省卡管没有办成这项请求。",
        "{again}",
        "仍不成功，联系信息中心。",
    ),
    "province-unavailable": (
        "省卡管没有应答",
        "网络不通或省卡管系统故障〔：{reason}〕；这一步只是查询，什么也没有改变。",
        "检查本机网络。",
        "{again}",
        "长时间不通，联系信息中心。",
    ),
    "province-host-unknown": (
        "找不到省卡管服务器",
        "省卡管地址中的主机名解析不到〔：{reason}〕，没有发送任何数据。",
        "检查本机网络和 DNS 设置；请管理员核对配置 province.url 中的主机名。",
        "{again}",
    ),
    "province-certificate-unknown-root": (
        "省卡管的证书不受信任",
        "省卡管服务器的证书不是由本机信任的根证书签发〔：{reason}〕，没有发送任何数据。",
        "请管理员向省卡管索取根证书，把文件写入配置 province.ca_file。",
        "仍然不通时，请信息中心核实是否有人冒充省卡管。",
    ),
    "province-certificate-expired": (
        "省卡管的证书不在有效期内",
        "省卡管服务器的证书已过期或尚未生效〔：{reason}〕，没有发送任何数据。",
        "核对本机的日期和时间；时间无误时，请信息中心通知省卡管更换证书。",
        "{again}",
    ),
    "province-certificate-other-host": (
        "省卡管的证书与地址不符",
        "服务器出示的证书属于另一个主机名〔：{reason}〕，没有发送任何数据。",
        "请管理员核对配置 province.url 中的主机名。",
        "主机名无误时，请信息中心核实是否有人冒充省卡管。",
    ),
    "province-tls-too-old": (
        "省卡管的加密协议过旧",
        "省卡管服务器只支持已停用的 TLS 1.1 或更早的协议〔：{reason}〕，没有发送任何数据。",
        "请信息中心通知省卡管启用 TLS 1.2 或 1.3。",
        "{again}",
    ),
    "province-tls-failed": (
        "与省卡管的加密连接没有建立",
        "加密握手失败〔：{reason}〕，没有发送任何数据。",
        "请管理员核对配置 province.url 是否应为 http 或另一端口。",
        "仍然不通时，联系信息中心。",
    ),
    "province-answer-unlisted": (
        "省卡管的答复不明确",
        "省卡管既没有说已办理，也没有说不予办理。〔省卡管答复：{province_text}〕",
        "{again}",
        "制卡站会先核实，不会重复办理；再次出现时，把答复的原文告诉信息中心。",
    ),
    "province-fault": (
        "省卡管程序出错",
        "省卡管的服务报告自身出错。〔省卡管答复：{province_text}〕",
        "{again}",
        "制卡站会先核实，不会重复办理；再次出现时，联系信息中心。",
    ),
    "province-answer-garbled": (
        "省卡管的答复无法识别",
        "收到的不是省卡管约定的格式〔：{reason}〕。",
        "如果本机上网需要先登录认证，请先登录。",
        "{again}",
        "制卡站会先核实，不会重复办理；再次出现时，联系信息中心。",
    ),
    "province-answer-control-character": (
        "省卡管的数据含有非法字符",
        "答复中有 XML 不允许的控制字符，多半是此人的登记资料录入有误。",
        "请在省卡管系统查看此人的姓名、经办机构等资料，重新录入后保存。",
        "{again}",
    ),
    "province-http-login": (
        "服务器要求登录",
        "省卡管服务器或途中的网关拒绝了本机〔：{reason}〕。",
        "请管理员核对省卡管账号，并向信息中心确认本机地址已被允许访问。",
        "{again}",
    ),
    "province-http-not-found": (
        "省卡管地址上没有这个服务",
        "服务器应答了，但配置的路径上没有制卡服务〔：{reason}〕。",
        "请管理员核对配置 province.url 的路径。",
        "{again}",
    ),
    "province-http-redirected": (
        "请求被转到别处",
        "服务器要求改去另一个地址〔：{reason}〕，制卡站不会把个人数据发到没有配置的地址。",
        "如果本机上网需要先登录认证，请先登录。",
        "省卡管换了地址时，请管理员修改配置 province.url。",
        "{again}",
    ),
    "province-http-status": (
        "省卡管服务器出错",
        "服务器应答了，但没有办理结果〔：{reason}〕。",
        "{again}",
        "制卡站会先核实，不会重复办理；再次出现时，联系信息中心。",
    ),
    "province-link-resting": (
        "数据回盘暂停",
        "省卡管连续多次没有应答，回盘暂停一会儿，到时自动重试；没有发送的回盘都在，不会丢失。",
        "检查本机网络。",
        "网络恢复后点“失败数据回盘”，立即重试。",
        "长时间不通，请技术人员联系数据中心，用离线文件办理。",
    ),
    "person-unknown": (
        "省卡管查不到此人",
        "号码不存在、姓名不符或发卡城市不符。〔省卡管答复：{province_text}〕",
        "请核对身份证号码和姓名。",
        "号码无误时，到省卡管系统核对或新增申请。",
        "{again}",
    ),
    "not-reported-lost": (
        "未做正式挂失",
        "原卡还没有正式挂失，不能补卡。〔省卡管答复：{province_text}〕",
        "到省卡管系统办理正式挂失。",
        "{again}",
    ),
    "replacement-not-applied": (
        "未申请补换卡",
        "省卡管没有此人的补换卡申请。〔省卡管答复：{province_text}〕",
        "到省卡管系统办理补换卡申请。",
        "{again}",
    ),
    "fee-not-registered": (
        "未做交费登记",
        "没有交费登记，或登记已撤销。〔省卡管答复：{province_text}〕",
        "到省卡管系统办理交费登记。",
        "{again}",
    ),
    "not-marked-for-instant-issue": (
        "未做即制卡标注",
        "申请没有标注为即时制卡。〔省卡管答复：{province_text}〕",
        "到省卡管系统办理即制卡标注；上一张卡回盘失败的，先做失败数据处理和恢复申请。",
        "{again}",
    ),
    "data-withdrawn": (
        "制卡数据已被退回",
        "身份证过期、公安比对失败或与银行开户信息不符，数据已撤出。〔省卡管答复：{province_text}〕",
        "按省卡管答复的原因，请本人更正资料。",
        "在省卡管系统：社保卡申请、个人申请、新增申请，核对后提交。",
        "{again}",
    ),
    "batch-locked": (
        "批次被锁定",
        "这个批次正由另一窗口办理。〔省卡管答复：{province_text}〕",
        "请问清是否有别的窗口在为此人制卡。",
        "没有时，等锁定解除（最长约两小时）。",
        "{again}",
    ),
    "already-reported": (
        "省卡管已有回盘",
        "省卡管已有这个任务的回盘记录，但与本卡不一致。〔省卡管答复：{province_text}〕",
        "不要发出这张卡。",
        "联系信息中心核对回盘记录。",
    ),
    "already-activated": (
        "这张卡已经启用",
        "省卡管显示卡已启用。〔省卡管答复：{province_text}〕",
        "无须再次启用；请核对卡是否已在本人手中。",
    ),
    "province-login-refused": (
        "省卡管登录被拒",
        "用户名或密码错误，或本窗口没有权限。〔省卡管答复：{province_text}〕",
        "不要反复尝试，以免账号被锁。",
        "请管理员更正配置中的省卡管账号，重启制卡站。",
    ),
    "hsm-refused": (
        "省加密机拒绝认证",
        "省里的加密机没有给出写卡认证数据。〔省卡管答复：{province_text}〕",
        "{again}",
        "制卡站会先核实，不会重复办理；再次出现时，联系信息中心。",
    ),
    "province-refused": (
        "省卡管不予办理",
        "省卡管没有同意办理。〔省卡管答复：{province_text}〕",
        "请按省卡管答复处理。",
        "{again}",
        "不明白答复时，联系信息中心。",
    ),
}


def _unclear(text: tuple[str, ...]) -> tuple[str, ...]:
    title, cause, *steps = text
    return (title, f"{cause}上一步在省里是否办成尚不清楚。", *steps)


#: After a question nothing has changed; after a report or an activation nobody knows.
PROVINCE_VARIANTS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    (problem.value, "changes"): _unclear(PROVINCE_TEXTS[problem.value]) for problem in AnswerProblem
}

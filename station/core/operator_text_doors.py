"""Texts of the refusals at the doors. Data only; read `operator_text`."""

from __future__ import annotations

from typing import Final

DOOR_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "login-needed": (
        "请先登录",
        "还没有登录，或太久没有操作，制卡站已锁定；机内的卡和任务不受影响。",
        "请在登录页输入用户名和密码；程序调用须带有效的令牌。",
    ),
    "role-not-allowed": (
        "没有这项权限",
        "当前用户或程序的角色不能做这项操作；没有做任何改动。",
        "请由有权限的人员登录后办理。",
        "需要调整角色时，请管理员在本机运行 station operators。",
    ),
    "login-refused": (
        "用户名或密码不对",
        "用户名和密码不匹配，或该用户已停用；没有做任何改动。",
        "请核对用户名和密码再试。",
        "忘记密码时，请管理员在本机运行 station operators reset。",
    ),
    "login-wait": (
        "密码错误次数过多，请稍候",
        "为防止猜密码，这个用户名要等 {seconds} 秒后才能再试。",
        "请等 {seconds} 秒，核对用户名和密码再试。",
    ),
    "login-busy": (
        "登录的人太多，请稍候",
        "制卡站正在核对其他人的密码。",
        "请过几秒再试。",
    ),
    "password-weak": (
        "密码不符合要求",
        "密码至少 8 个字符，不能包含用户名。",
        "请换一个密码。",
    ),
    "form-expired": (
        "这个画面已经失效",
        "画面不是当前登录的人打开的，或登录之后没有刷新；没有做任何改动。",
        "请刷新页面，看清画面再按一次。",
    ),
    "name-taken": (
        "这个名称已经在用",
        "已有同名的用户或程序；没有新建。",
        "请换一个名称；要换密码或令牌，请先重置或撤销原有的。",
    ),
    "name-unknown": (
        "没有这个名称",
        "没有这个用户或程序。",
        "请用 station operators list 核对名称。",
        "程序的名称用 station clients list 核对。",
    ),
    "pairing-unknown": (
        "没有这个配对申请",
        "申请已被处理、已过期，或制卡站重新启动过。",
        "请在业务网页重新申请配对，再核对两边的代码。",
    ),
    "too-many-requests": (
        "请求太频繁",
        "这个程序短时间内请求太多；没有处理这一次请求。",
        "请稍候再试；程序应按 Retry-After 等待。",
    ),
}

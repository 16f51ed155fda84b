"""Refusals of the edge itself, before any room is reached."""

from __future__ import annotations

from kit.rejected import Refusal, register_refusals

__all__: list[str] = []

register_refusals([
    Refusal("exchange.request.unreadable", 400, ("请求无法读取", "The request cannot be read"),
            ("请求内容不可接受：{why}。", "The request is not taken as it stands: {why}.")),
    Refusal("exchange.request.invalid", 400, ("有字段需要改正", "Some fields need mending"),
            ("请按各字段的说明改正。", "Mend each field as its note says.")),
    Refusal("exchange.request.key_missing", 400, ("缺少幂等键", "The idempotency key is missing"),
            ("写操作须带 Idempotency-Key 头（8 至 80 个可见 ASCII 字符）。",
             "A mutating call carries an Idempotency-Key header of 8 to 80 visible ASCII characters.")),
    Refusal("exchange.request.forged", 403, ("请求来源未获确认", "The origin of the request is not confirmed"),
            ("页面已过期或请求并非来自本站，请刷新后重试。",
             "The page is too old or the request did not come from this site; reload and try again."), "",
            ("刷新页面后再次提交", "Reload the page and send it again")),
    Refusal("exchange.signin.failed", 401, ("凭据无效", "The credentials are not valid"),
            ("令牌无效、已过期或已撤销。", "The key is unknown, ended or revoked."), "", ("登录", "Sign in"), "/accounts/login/"),
    Refusal("exchange.method.not_allowed", 405, ("不支持此方法", "The method is not supported"),
            ("该地址不支持 {method}。", "This address does not take {method}."), "",
            ("查看接口文档", "See what the address takes")),
    Refusal("exchange.media.unsupported", 415, ("不支持的内容类型", "The content type is not supported"),
            ("请以 application/json 提交。", "Send application/json."), "",
            ("改以 application/json 再次提交", "Send it again as application/json")),
    Refusal("exchange.media.not_acceptable", 406, ("无法提供该格式", "That format is not offered"),
            ("本接口返回 application/json。", "The API answers application/json."), "",
            ("Accept 头改为 application/json", "Send Accept: application/json")),
    Refusal("exchange.limit.exceeded", 429, ("请求过于频繁", "Too many requests"),
            ("请在 {seconds} 秒后重试。", "Try again in {seconds} seconds.")),
    Refusal("exchange.limit.unknown", 503, ("暂时无法受理", "Not taken right now"),
            ("限流服务不可用，请稍后重试。", "The limiter cannot be reached; try again shortly.")),
    Refusal("exchange.database.busy", 409, ("同一对象正在被办理", "Somebody else is at it"),
            ("同一对象正在被另一事项占用，这次没有办理。", "The same object is held by another act; nothing was done this time."), "",
            ("稍后以同一幂等键重试", "Try again shortly with the same idempotency key")),
    Refusal("exchange.database.away", 503, ("暂时无法办理", "Not right now"),
            ("数据库繁忙或正在恢复，{seconds} 秒后可重试。", "The database is busy or coming back; try again in {seconds} seconds."), "",
            ("稍后以同一幂等键重试：若上次已办理，会得到上次的结果",
             "Try again shortly with the same idempotency key: what was done before is answered again")),
    Refusal("exchange.fault", 500, ("系统出错", "Something broke on our side"),
            ("我们已记录此错误，编号 {request}。", "We have logged it under {request}."), "",
            ("稍后再试；若再次发生，请把编号告诉我们", "Try again shortly; if it happens again, tell us the number")),
])

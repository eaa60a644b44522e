"""Tells browsers what they may keep: nothing that is about a person."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What the program ships; a browser asks each time whether it has changed.
SHIPPED: Final = ("/static/", "/docs/")


class NoStore:
    """Adds `Cache-Control: no-store` to every answer but what the program ships."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the header set."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rule = "no-cache" if scope["path"].startswith(SHIPPED) else "no-store"

        async def send_with_rule(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = rule
            await send(message)

        await self._app(scope, receive, send_with_rule)

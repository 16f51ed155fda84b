"""Signed-in people of a journey: one browser context each, with helpers that read like the tour."""

from __future__ import annotations

from typing import Any

from tests.flows.house import axe

__all__ = ["Person"]

#: Errors that a journey may cause on purpose (a refusal is an answer with status 4xx).
EXPECTED = ("the server responded with a status of 4",)

#: axe itself writes style attributes, which our policy rightly refuses; the messages come late, so they are let pass from then on.
AXE_WRITES = ("Applying inline style violates",)


class Person:
    """Somebody at a browser: signs in, goes, fills, presses, and never leaves an error in the console."""

    def __init__(
        self, browser: Any, address: str, name: str = "", *, language: str = "zh-CN", width: int = 1440, dark: bool = False,
        scripts: bool = True,
    ) -> None:
        self.address, self.name = address, name
        self.context = browser.new_context(viewport={"width": width, "height": 1000}, locale=language,
                                           color_scheme="dark" if dark else "light", java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.console: list[str] = []
        self.measured = False
        self.page.on("console", lambda message: self._hear(message))
        self.page.on("pageerror", lambda fault: self.console.append(str(fault)))
        if name:
            self.sign_in(name)

    def _hear(self, message: Any) -> None:
        known = (*EXPECTED, *(AXE_WRITES if self.measured else ()))
        if message.type == "error" and not any(one in message.text for one in known):
            self.console.append(f"{self.page.url}: {message.text}")

    def sign_in(self, name: str, password: str = "demo") -> None:
        self.go("/accounts/login/")
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)

    def go(self, path: str) -> Any:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status < 500, f"{path}: {answer.status}"
        return answer

    def press(self, selector: str) -> None:
        """This will press a button or link and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def choose(self, name: str, value: str) -> None:
        self.page.select_option(f"[name={name}]", value)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)

    def sees(self, text: str) -> bool:
        return text in self.page.content()

    def text(self) -> str:
        return str(self.page.locator("main").inner_text())

    def violations(self) -> list[dict[str, Any]]:
        self.measured = True
        return axe(self.page)

    def close(self) -> None:
        self.context.close()

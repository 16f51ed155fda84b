"""docs/refusals.md: every refusal with its code, status, texts, article and next step."""

from kit.rejected import registered_refusals

__all__ = ["pages"]


def pages() -> dict[str, str]:
    """This will write the page from the rooms' refusals."""
    lines = ["# Refusals", "",
             "Made by `make docs` from the rooms' `refusals.py`. Codes and parameters never change with the language.", "",
             "| code | status | 中文 | English | article | next |", "|---|---|---|---|---|---|"]
    for code, one in sorted(registered_refusals().items()):
        cells = [f"`{code}`", str(one.status), f"{one.title[0]} {one.detail[0]}", f"{one.title[1]} {one.detail[1]}", one.article,
                 " / ".join(text for text in one.next_step if text)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ").strip() for cell in cells) + " |")
    return {"refusals.md": "\n".join(lines) + "\n"}

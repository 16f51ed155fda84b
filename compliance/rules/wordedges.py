"""Whether characters stand as a word of their own: 关联 is not in 有关联系人. Read only where a short find asks for it.

Cut by rjieba's dictionary, without guessing new words: a disguise is no word, and what is cut into words is none.
"""

from __future__ import annotations

__all__ = ["is_word_of_its_own", "sounds_only"]

#: Characters looked at to each side.
_AROUND = 5


def _tokens(text: str, start: int, end: int) -> list[tuple[int, int]]:
    import rjieba  # reads its dictionary when it is first asked, not when a process starts

    first = max(0, start - _AROUND)
    return [(first + begin, first + finish) for _, begin, finish in rjieba.tokenize(text[first : end + _AROUND], hmm=False)]


def is_word_of_its_own(text: str, start: int, end: int, *, alone: bool = False) -> bool:
    """This will tell whether ``text[start:end]`` is not torn out of the words before and after it.

    ``alone``: neither side may belong to a longer word (a word read backwards is easily another one).
    """
    tokens = _tokens(text, start, end)
    before = any(begin < start < finish < end for begin, finish in tokens)
    after = any(start < begin < end < finish for begin, finish in tokens)
    if alone:
        return not any(begin < start < finish or begin < end < finish for begin, finish in tokens)
    return not (before and after)


def sounds_only(text: str, start: int, end: int, word: str) -> bool:
    """This will tell whether the characters that differ from ``word`` make no words themselves (中药数据 is no 重要数据)."""
    differing = [place for place in range(start, end) if text[place] != word[place - start]]
    return not any(begin <= place < finish and finish - begin > 1
                   for begin, finish in _tokens(text, start, end) for place in differing)

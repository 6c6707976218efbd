"""Long pages that were rewritten: how long it takes to compare them by words."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher

from coda_git_mirror.changes.words import compare_texts
from tests.benchmark.table import Benchmark, Row

_MOST_TIME = 0.1
_MOST_SECONDS = 1.0
_TRIES = 3
_WORDS = tuple(f"word{number}" for number in range(3_000))
_FEW_WORDS = ("the", "a", "of", "and", "cat", "dog", "ran", "sat", "on", "mat")


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` takes shorter pages."""
    return {"rewritten-page": lambda: _rewritten_page(350 if quick else 1_400)}


def _rewritten_page(count: int) -> Iterator[Row]:
    """The page of which every paragraph has one other word, by both ways; then pages of other shapes by ours."""
    old = _paragraphs(count)
    shapes = dict(_shapes(old))
    page = shapes.pop("one word in each paragraph")
    ours, plain = _seconds(compare_texts, *page), _seconds(_by_difflib, *page, tries=1)
    details = f"{ours:.2f} s of {plain:.1f} s"
    name = f"a page of {count:,} paragraphs, one word changed in each"
    yield Row(
        name, "processor time to compare it, against `difflib` by lines and words", ours / plain, _MOST_TIME, details
    )
    yield Row("", "the same, of 1 s", ours / _MOST_SECONDS, 1.0, f"{ours:.2f} s")
    for shape, texts in shapes.items():
        seconds = _seconds(compare_texts, *texts)
        yield Row("", f"the same: {shape}, of 1 s", seconds / _MOST_SECONDS, 1.0, f"{seconds:.2f} s")


def _shapes(old: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    count = len(old)
    few = _paragraphs(count, words=_FEW_WORDS), _paragraphs(count, 1, _FEW_WORDS)
    yield "one word in each paragraph", (_page(old), _page(map(_edited, old)))
    yield "all words changed", (_page(old), _page(_paragraphs(count, 1)))
    yield "all words changed, of ten words", (_page(few[0]), _page(few[1]))
    yield "paragraphs in another order", (_page(old), _page(random.Random(1).sample(old, count)))
    long = _paragraphs(25 * count // 7)
    yield f"one paragraph of {40 * len(long):,} words", (" ".join(long), " ".join(map(_edited, long)))
    yield (
        "HTML in one line",
        ("".join(f"<p>{each}</p>" for each in old), "".join(f"<p>{_edited(each)}</p>" for each in old)),
    )
    yield "Chinese in one line", (_chinese(40 * count, 0), _chinese(40 * count, 1))


def _paragraphs(count: int, seed: int = 0, words: tuple[str, ...] = _WORDS) -> list[str]:
    chance = random.Random(seed)
    return [f"{' '.join(chance.choices(words, k=40))}." for _ in range(count)]


def _edited(paragraph: str) -> str:
    words = paragraph.split(" ")
    return " ".join([*words[:20], "edited", *words[21:]])


def _page(paragraphs: Iterator[str] | list[str] | map[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"


def _chinese(length: int, seed: int) -> str:
    chance = random.Random(0)
    signs = [chr(chance.randrange(0x4E00, 0x5200)) for _ in range(length)]
    signs[::50] = [chr(0x5300 + seed)] * len(signs[::50])
    return "".join(signs)


def _seconds(compare: Callable[[str, str], object], old: str, new: str, tries: int = _TRIES) -> float:
    """Of the processor, the least of some tries."""
    taken: list[float] = []
    for _ in range(tries):
        begun = time.process_time()
        compare(old, new)
        taken.append(time.process_time() - begun)
    return min(taken)


def _by_difflib(old: str, new: str) -> None:
    """What one writes first: lines by `SequenceMatcher`, then the words of what was replaced, blanks among them."""
    olds, news = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for _, a, b, c, d in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        gone, come = ("".join(side).split(" ") for side in (olds[a:b], news[c:d]))
        SequenceMatcher(None, gone, come, autojunk=False).get_opcodes()

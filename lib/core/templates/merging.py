"""Shapes -> templates: what only comparison can tell, as a pure function of the set of shapes.

A shape is read as tokens; each step looks at all shapes at once and returns what it changes. Steps repeat until nothing
changes (ROUNDS at most). Every step sorts or hashes: n log n in the number of shapes, for any text.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain, islice

from lib.core.templates import fanout, records
from lib.core.templates.collapsing import TRACE_MARK, VARIABLE
from lib.core.templates.tokens import VALUES, Tokens, count_words, is_variable, is_word, joined, tokens_of, tokens_of_all

ROUNDS = 4
"""Two or three are enough for every log seen; the bound is for texts made to go on."""

Changes = dict[Tokens, Tokens]


def merge_shapes(shapes: Iterable[str]) -> dict[str, str]:
    """Return the template of each shape; the same set gives the same answer, whatever its order."""
    names = set(shapes)
    traces = {name for name in names if TRACE_MARK in name}
    freed = records.free_values(names - traces)
    tokens = tokens_of_all(set(freed.values()))
    now = {name: tokens[text] for name, text in freed.items()}
    for _ in range(ROUNDS):
        before = now
        for step in STEPS:
            changes = step(set(now.values()))
            if changes:
                now = {name: changes.get(tokens, tokens) for name, tokens in now.items()}
        if now == before:
            break
    texts = {tokens: joined(tokens) for tokens in set(now.values())}
    return {name: texts[tokens] for name, tokens in now.items()} | _merge_traces(traces)


def _merge_traces(keys: set[str]) -> dict[str, str]:
    """Return the templates of stack traces' keys: only words of the message can be values, never type or place."""
    parts = {key: key.rpartition(TRACE_MARK) for key in keys}
    tokens = {key: (*tokens_of(said), mark + place) for key, (said, mark, place) in parts.items()}
    changes = fanout.find_fanned(set(tokens.values()))
    kept = {key: changes.get(its, its) for key, its in tokens.items()}
    return {key: joined(its) if its[0] == tokens[key][0] else key for key, its in kept.items()}


def _find_listed(shapes: set[Tokens]) -> Changes:
    """Texts that list properties, "Server environment:user.name=root": the same words, then one key=value at the end."""
    groups: dict[Tokens, list[Tokens]] = defaultdict(list)
    for tokens in shapes:
        if tokens.count("=") == 1 and 1 < (at := tokens.index("=")) < len(tokens) - 1 and count_words(tokens[: at - 1]) > 1:
            groups[tokens[: at - 1]].append(tokens)
    changes: Changes = {}
    for words, members in groups.items():
        if len({tokens[len(words)] for tokens in members}) >= VALUES:
            changes.update((tokens, (*words, VARIABLE, "=", VARIABLE)) for tokens in members)
    return changes


def _find_grown(shapes: set[Tokens]) -> Changes:
    """Shapes with the same signs and as many words, many of them, that differ in few words: those words are values."""
    groups: dict[Tokens, list[Tokens]] = defaultdict(list)
    for tokens in shapes:
        groups[tuple("w" if is_word(token) else token for token in tokens)].append(tokens)
    changes: Changes = {}
    for frame, members in groups.items():
        places = [at for at, token in enumerate(frame) if token == "w"]
        if len(members) >= VALUES and len(places) > 2:
            _split(members, places, changes)
    return changes


def _split(members: list[Tokens], places: list[int], changes: Changes) -> None:
    """Part the members by the place with fewest words until, in each part, every place is constant or takes many words."""
    parts = [members]
    while parts:
        part = parts.pop()
        if len(part) < VALUES:
            continue
        kinds = {at: {tokens[at] for tokens in part} for at in places}
        varying = [at for at in places if len(kinds[at]) > 1]
        few = [at for at in varying if len(kinds[at]) < (2 * VALUES if all(word.isupper() for word in kinds[at]) else VALUES)]
        if not few and varying and _is_frame(part, places, varying, kinds):
            changes.update({tokens: fanout.freed(tokens, varying) for tokens in part})
        elif varying:
            at = min(few or varying, key=lambda place: (len(kinds[place]), place))
            split: dict[str, list[Tokens]] = defaultdict(list)
            for tokens in part:
                split[tokens[at]].append(tokens)
            parts.extend(split.values())


def _is_frame(part: list[Tokens], places: list[int], varying: list[int], kinds: dict[int, set[str]]) -> bool:
    """Tell whether what is constant carries the text: two words and half of them; more where the first word varies."""
    constant = len(places) - len(varying)
    if constant < 2 or 2 * constant < len(places):
        return False
    return 0 not in varying or constant >= 4 or (len(part) >= 2 * VALUES and len(kinds[0]) >= fanout.VALUES_FIRST)


def _find_absorbed(shapes: set[Tokens]) -> Changes:
    """Shapes that another one already says, its VARIABLE standing for a few tokens with one word at most."""
    general: dict[Tokens, list[Tokens]] = defaultdict(list)
    wide = [tokens for tokens in shapes if any(map(is_variable, tokens)) and count_words(tokens) >= fanout.WORDS]
    for tokens in sorted(wide, key=lambda tokens: (len(tokens), tokens)):
        general[_words(tokens)].append(tokens)
    if not general:
        return {}
    ends = {_ends(words) for words in general}
    changes: Changes = {}
    for tokens in shapes:
        found = _find_general(tokens, general, ends)
        if found:
            changes[tokens] = found
    return changes


CANDIDATES = 6
"""General shapes that are tried for one shape: keeps a hostile log, where thousands have the same words, linear."""


def _words(tokens: Tokens) -> Tokens:
    return tuple(token.lstrip(" ") for token in tokens if is_word(token))


Ends = tuple[int, str, str]


def _ends(words: Tokens) -> Ends:
    """Return how many words there are, the first and the last: what tells at once that nothing has all words but one."""
    return len(words), words[0], words[-1]


def _find_general(tokens: Tokens, general: dict[Tokens, list[Tokens]], ends: set[Ends]) -> Tokens | None:
    words = _words(tokens)
    fewer = (words[:at] + words[at + 1 :] for at in _dispensable(words, ends))
    some = chain.from_iterable(general.get(left, ()) for left in chain((words,), fewer))
    fits = [wide for wide in islice(some, CANDIDATES) if wide != tokens and _covers(wide, tokens)]
    return min(fits, key=lambda wide: (len(wide), wide)) if fits else None


def _dispensable(words: Tokens, ends: set[Ends]) -> Iterable[int]:
    """Return the places of words without which the others may be a general shape's."""
    count = len(words)
    if count < 2:
        return ()
    inner = range(1, count - 1) if (count - 1, words[0], words[-1]) in ends else ()
    return (0, *inner, count - 1)


REACH = 6
"""Tokens that one VARIABLE may stand for."""


def _covers(wide: Tokens, tokens: Tokens) -> bool:
    """Tell whether `tokens` is `wide` with something short in place of each VARIABLE; blanks do not count."""
    ends = {0}
    for token in wide:
        if is_variable(token):
            ends = {end for start in ends for end in _reach(tokens, start)}
        else:
            ends = {end + 1 for end in ends if end < len(tokens) and tokens[end].lstrip(" ") == token.lstrip(" ")}
        if not ends:
            return False
    return len(tokens) in ends


def _reach(tokens: Tokens, start: int) -> list[int]:
    ends, words = [], 0
    for end in range(start, min(start + REACH, len(tokens))):
        words += is_word(tokens[end])
        if words > 1 or tokens[end].endswith("="):
            break
        ends.append(end + 1)
    return ends


STEPS: tuple[Callable[[set[Tokens]], Changes], ...] = (_find_listed, fanout.find_fanned, _find_grown, _find_absorbed)

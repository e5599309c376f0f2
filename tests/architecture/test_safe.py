"""Text from elsewhere reaches a reader through lib/ui/safe.py alone, read from the syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import Function, find_functions, find_modules, parse

LIVE = frozenset(
    "markdown write caption title header subheader text latex error warning info success exception toast metric badge table"
    " help echo write_stream json image audio video map iframe components link_column file_uploader chat_message status".split()
)
"""Elements that read their text as Markdown, load what it names, or draw without our tables: none is used."""
ALONE = {
    "dataframe": "lib/ui/tables.py",
    "plotly_chart": "lib/ui/figures.py",
    "data_editor": "",
    "set_page_config": "dashboard.py",
}
OWN = ("lib/ui/postmortem.py:st.image", "webpage.write_section(section)", "st.download_button(how.title")
"""A picture that we draw, HTML that lib/core writes and escapes for files as well, and the names of our own formats."""
STYLE = Path("lib/ui/theme.py")  # our own sheet, of our own colours
LABELLED = frozenset(
    "button popover expander checkbox selectbox multiselect text_input text_area form_submit_button link_button toggle radio"
    " segmented_control pills tabs download_button date_input number_input slider".split()
)
NUMBERS = frozenset("len sum count_of say_duration say_time round".split())


def screens() -> list[Path]:
    return [Path("dashboard.py"), *find_modules("pages", "lib/ui")]


def find_calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a function of Streamlit's, by its name."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base = node.func.value
            if isinstance(base, ast.Name) and base.id == "st":
                yield node.func.attr, node


def test_no_element_is_used_that_reads_markdown_or_loads_what_it_is_told() -> None:
    used = [f"{path}:st.{name}" for path in screens() for name, _ in find_calls(path) if name in LIVE]
    used = [one for one in used if one not in OWN]
    assert used == []


def test_tables_and_charts_are_drawn_in_one_place_each() -> None:
    strays = [
        f"{path}:{call.lineno} st.{name}"
        for path in screens()
        for name, call in find_calls(path)
        if name in ALONE and str(path) != ALONE[name]
    ]
    assert strays == []


SAFE = frozenset({"html", "plain", "plotly", "cell"})
WORDS = frozenset({"span", "here", "share", "size", "age"})


class Reader:
    """Says of an expression whether it can hold text from elsewhere; names are looked up where their function sets them.

    made_safe: what safe.py makes that is good here; in a label nothing is, for a label is Markdown.
    """

    def __init__(self, module: ast.Module, function: Function, made_safe: frozenset[str]) -> None:
        self.module, self.function, self.made_safe = module, function, made_safe
        self.bound: dict[str, list[ast.expr]] = {}
        self.seen: set[str] = set()
        for node in ast.walk(function):
            for target, value in _bindings(node):
                self.bound.setdefault(target, []).append(value)

    def is_inert(self, node: ast.expr | None) -> bool:
        """Tell whether an expression holds nothing but our own words, numbers, and what safe.py made."""
        match node:
            case None | ast.Constant():
                return True
            case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                return all(self.is_inert(part) for part in parts)
            case ast.FormattedValue(value=value, format_spec=spec):
                return _is_number(spec) or self.is_inert(value)
            case ast.IfExp(body=left, orelse=right) | ast.BinOp(left=left, right=right):
                return self.is_inert(left) and self.is_inert(right)
            case ast.GeneratorExp(elt=made) | ast.ListComp(elt=made) | ast.Starred(value=made):
                return self.is_inert(made)
            case ast.Subscript(value=ast.Name(id=name)):
                return name.isupper()  # a table of ours
            case ast.Name(id=name):
                return self._is_inert_name(name)
            case ast.Call():
                return self._is_inert_call(node)
        return False

    def _is_inert_call(self, call: ast.Call) -> bool:
        match call.func:
            case ast.Attribute(value=ast.Name(id="safe"), attr=made):
                return made in self.made_safe
            case ast.Attribute(value=ast.Name(id="words"), attr=name):
                return name in WORDS
            case ast.Attribute(value=ast.Constant(), attr="join"):
                return all(self.is_inert(argument) for argument in call.args)
            case ast.Attribute(value=ast.Name(id=table), attr="items"):
                return table.isupper()
            case ast.Attribute(value=value, attr="lower"):
                return self.is_inert(value)
            case ast.Name(id=name):
                return name in NUMBERS or self._returns_inert(name)
        return False

    def _is_inert_name(self, name: str) -> bool:
        if name.isupper() or name in self.seen:
            return True
        self.seen.add(name)
        arguments = [argument.arg for argument in self.function.args.args]
        if name in arguments and name not in self.bound:
            return self._is_given_inert(arguments.index(name))
        return name in self.bound and all(self.is_inert(value) for value in self.bound[name])

    def _is_given_inert(self, place: int) -> bool:
        """Tell whether everybody in the module gives a constant for one of the function's arguments."""
        calls = [n for n in ast.walk(self.module) if isinstance(n, ast.Call) and _name_of(n) == self.function.name]
        return bool(calls) and all(len(c.args) > place and isinstance(c.args[place], ast.Constant) for c in calls)

    def _returns_inert(self, name: str) -> bool:
        """Tell whether a function of the module returns nothing but what is inert."""
        made = next((f for f in find_functions(self.module) if f.name == name), None)
        if made is None:
            return False
        reader = Reader(self.module, made, self.made_safe)
        return all(reader.is_inert(node.value) for node in ast.walk(made) if isinstance(node, ast.Return))


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a node sets, each with what it is set to; a loop sets its names to what it goes through."""
    match node:
        case ast.Assign(targets=targets, value=value):
            pairs = [(target, value) for target in targets]
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            pairs = [(target, value)]
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            pairs = [(target, value)]
        case _:
            pairs = []
    for target, value in pairs:
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple):
            values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
            yield from ((name.id, one) for name, one in zip(target.elts, values, strict=False) if isinstance(name, ast.Name))


def _is_number(spec: ast.expr | None) -> bool:
    """Tell whether a value is written as a number or a time, which text from elsewhere cannot be."""
    parts = spec.values if isinstance(spec, ast.JoinedStr) else []
    return any(isinstance(part, ast.Constant) and str(part.value)[:1] in tuple(",.%") for part in parts)


def _name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def find_loose(source: ast.Module, kinds: frozenset[str], made_safe: frozenset[str]) -> Iterator[str]:
    """Yield the calls of Streamlit's elements whose text was not made safe."""
    for function in find_functions(source):
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="st"), attr=name), args=given) if name in kinds:
                    helped = [word.value for word in node.keywords if word.arg == "help"]
                    texts = [*given[:1], *(helped if name in LABELLED else [])]
                    if not all(Reader(source, function, made_safe).is_inert(text) for text in texts):
                        yield f"{node.lineno} {ast.unparse(node)[:150]}"


KINDS = [(frozenset({"html"}), frozenset({"html"})), (frozenset({"code"}), SAFE), (LABELLED, frozenset())]


@pytest.mark.parametrize(("kinds", "made_safe"), KINDS, ids=["html", "code", "labels"])
def test_what_is_drawn_went_through_the_module_that_makes_it_safe(kinds: frozenset[str], made_safe: frozenset[str]) -> None:
    loose = [f"{path}:{told}" for path in screens() if path != STYLE for told in find_loose(parse(path), kinds, made_safe)]
    loose = [told for told in loose if not any(own in told for own in OWN)]
    assert not loose, "\n".join(loose)


@pytest.mark.parametrize("line", [
    "st.html(f'<p>{row.name}</p>')", "st.html(row.name)", "st.html('<p>' + row.name)", "st.html(safe.plain(row.name))",
    "x = row.name\n    st.html(f'<p>{x}</p>')", "st.html(''.join(f'<li>{n}</li>' for n in row.names))",
    "st.html(''.join(f'<li>{n}</li>' for n in row.names if safe.html(n)))", "st.code(row.name)", "st.button(row.name)",
    "st.button(safe.html(row.name))", "st.expander(f'{row.name}')", "st.button('x', help=row.name)", "st.html(row)",
])  # fmt: skip
def test_the_check_finds_what_was_not_made_safe(line: str) -> None:
    source = ast.parse(f"def draw(row):\n    {line}\n")
    assert any(list(find_loose(source, kinds, made_safe)) for kinds, made_safe in KINDS)

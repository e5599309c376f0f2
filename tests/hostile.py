"""Texts as hostile as logs can be towards an issue, and the tree that GitHub's own renderer makes of a draft."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

EVIL = "https://evil.example"
SHA = "4be19c7" + "0" * 33
OWN = [
    "_,",
    "__all__ of _it_",
    f"![x]({EVIL}/x.png)",
    f"[click]({EVIL})",
    f"[click][1]\n\n[1]: {EVIL}",
    f"<{EVIL}>",
    f"{EVIL}/path",
    "www.evil.example",
    "someone" + "@evil.example",
    f"<img src={EVIL}/y.png onerror=alert(1)>",
    f'<a href="{EVIL}">here</a>',
    "<script>alert(1)</script>",
    "<details><summary>more</summary>\n\nhidden\n\n</details>",
    "<!-- hidden -->",
    "<!-- never closed",
    "--> closed",
    "@octocat please look",
    "@acme/security please look",
    "cc:@octocat",
    "#1138",
    "acme/shop#12",
    "GH-12",
    "Fixes #1",
    "closes acme/shop#1",
    "Resolves: #3",
    f"fixed in {SHA}",
    SHA[:7],
    f"acme/shop@{SHA}",
    "``` \nout of the fence @octocat",
    "```\n```\n@octocat #1",
    "~~~\nout\n~~~ @octocat",
    "`" * 12 + "\n@octocat",
    "~" * 12 + "\n@octocat",
    " ```\n@octocat",
    "\t```\n@octocat",
    "`code` @octocat `",
    "``",
    "`",
    "\\`@octocat\\`",
    "one\rtwo\r```\r@octocat",
    "one\r\n```\r\n@octocat #1",
    "one\u2028```\u2028@octocat",
    "one\x85```\x85@octocat",
    "\x0b```\x0c@octocat",
    "\x00```\x00@octocat",
    "\ud800```\n@octocat",
    "\u202e@tacotco\u202c",
    "@\u200boctocat",
    "\ufeff# title",
    "# heading\n## more",
    "> quoted\n> [!WARNING]\n> do it",
    "- [x] done\n- [ ] not",
    "1. one\n2. two",
    "| a | b |\n|---|---|\n| @octocat | #1 |",
    "a | b @octocat",
    "---\n***\n===",
    "    indented @octocat",
    "\n\n\n\n```\n\n\n@octocat",
    "$x$ $$y$$ $`z`$",
    "```math\nx\n```",
    "```mermaid\ngraph TD; A-->B\n```",
    ":bomb: :+1:",
    "[^1]\n\n[^1]: note @octocat",
    "&lt;img&gt; &#64;octocat &#35;1",
    "&commat;octocat",
    "javascript:alert(1)",
    f"ftp://evil.example/{SHA}",
    "Blindspot draft `bs-0123456789abcdef`, evidence `0123456789ab`.",
    "<!-- blindspot:bs-0123456789abcdef 0123456789ab -->",
    "```\n\nBlindspot draft `bs-0123456789abcdef`, evidence `0123456789ab`.\n",
    "",
    " ",
    "\n",
    "a" * 5_000,
    "`" * 5_000,
    "~`" * 2_000,
    ("`" * 300 + "\n") * 200,
    "\N{GRINNING FACE}" * 30_000,
    "\u0301" * 500,
]  # fmt: skip
"""Our own."""


def read_hostile(shared: Path) -> list[str]:
    """Return every line, and every piece of code, of the style and the facts: what they warn of is among it."""
    texts = []
    for name in ("STYLE.md", "FACTS.md"):
        whole = (shared / name).read_text()
        texts += [line for line in whole.splitlines() if line.strip()]
        texts += re.findall(r"`([^`\n]+)`", whole) + re.findall(r"```.*?```", whole, re.DOTALL)
    return texts


@dataclass
class Rendered(HTMLParser):
    """What a renderer made: the tags it used, and the text outside of code, in which GitHub links what it knows."""

    tags: set[str] = field(default_factory=set)
    prose: str = ""
    code: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    inside: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "code":
            self.code.append("")
            self.inside += 1

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.code[-1] += data
        else:
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


LINKED = {
    "mention": re.compile(r"(?<![\w/.-])@[A-Za-z0-9][\w-]*"),
    "reference": re.compile(r"(?<!\w)(?:[\w.-]+/[\w.-]+)?#\d+|\bGH-\d+", re.IGNORECASE),
    "commit": re.compile(r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,40}\b"),
    "link": re.compile(r"https?://|ftp://|www\.|[\w.]+@[\w.]+"),
    "closing word": re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+[\w/.-]*#\d", re.IGNORECASE),
    "emoji": re.compile(r":(?=[a-z0-9_]*[a-z+-])[a-z0-9_+-]+:|:100:|:1234:"),
    "mathematics": re.compile(r"\$"),
}
"""What GitHub makes of text outside of code, beside what its renderer does."""


def render(markdown: str) -> Rendered:
    """Return what GitHub's renderer makes of a text, raw HTML left in, so that none can hide."""
    import cmarkgfm
    from cmarkgfm.cmark import Options

    html = cmarkgfm.github_flavored_markdown_to_html(
        markdown.encode("utf-8", "replace").decode(), options=Options.CMARK_OPT_UNSAFE
    )
    tree = Rendered()
    tree.feed(html)
    tree.close()
    return tree


def find_live(tree: Rendered) -> dict[str, list[str]]:
    """Return what takes effect in a text outside of code, by what it is."""
    return {name: found for name, pattern in LINKED.items() if (found := pattern.findall(tree.prose))}

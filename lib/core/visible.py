"""Signs that nobody sees, or that do something to what stands beside them: which they are is decided here, for every form."""

import re

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, those that begin a terminal's commands among them
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of writing
    r"\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"  # signs without a width
    "\ud800-\udfff\U000e0000-\U000e007f]"  # halves of signs, and letters that nobody sees
)


def visible(text: str) -> str:
    """Return the text with a visible sign for each that cannot be seen or turns the direction of writing."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)

"""Lines of 100 kB that are made to be slow to mask."""

import json
import random
import string

SIZE = 100_000
_REPEATED = (
    "a", '"', "password=", "password: ", "pass ", 'token"', "\\", "@", "://a:", "-----BEGIN RSA PRIVATE KEY-----\n", "%25",
    "4111 ", "8.8.8.8.", "2001:", "eyJ", "curl -u ", "Cookie: a=b; ", "&quot;", "[password]=", "Bearer ", "Authorization: ",
    "&sig=aaaaaaaaaaaaaaa1", "pass\u200bword=", '"secret":{"',
)  # fmt: skip


def hostile_lines() -> dict[str, str]:
    """Return 26 of them, by what they repeat."""
    rng = random.Random(1)
    letters = string.ascii_letters + string.digits
    lines = {piece.strip()[:20]: (piece * (SIZE // len(piece) + 1))[:SIZE] for piece in _REPEATED}
    lines["random words"] = "".join(rng.choice(letters + " =:\"'/@") for _ in range(SIZE))
    lines["JSON"] = json.dumps({"a": [{"password": "x" * 20}] * 2900})[:SIZE]
    return lines

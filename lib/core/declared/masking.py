"""What may be shown of a requirement: addresses without who signs in, without their query, and without secrets."""

import re

from lib.core.masks import mask_text
from lib.core.wording import shorten

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40}:/{1,2})([^\s]+)")
_PLAIN_USER = re.compile(r"(?:git|hg|svn)@(?=[\w.-]+[:/][^@]*(?:@[\w./-]*)?$)")
_FRAGMENTS = ("egg", "subdirectory", "md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_SHOWN = 300  # characters: a requirement with its hashes is longer and says no more
_USER, _SECRET = "[url_password]@", "[secret]"


def mask_requirement(text: str) -> str:
    """Return a declared text on one line, fit to be shown."""
    plain = "".join(sign for sign in shorten(text, 4096) if sign.isprintable())
    return shorten(mask_text(_ADDRESS.sub(_mask_address, plain)), _SHOWN)


def _mask_address(match: re.Match[str]) -> str:
    head, mark, fragment = match[2].partition("#")
    if mark and "@" in fragment and "@" not in head:  # an unescaped # inside of a password
        head, mark, fragment = match[2], "", ""
    rest, query, _ = head.partition("?")
    if query and "@" in head[len(rest) :]:  # an unescaped ? inside of a password
        rest, query = head, ""
    kept = "&".join(_mask_part(part) for part in fragment.split("&")) if mark else ""
    return match[1] + _mask_user(rest) + (f"?{_SECRET}" if query else "") + (f"#{kept}" if mark else "")


def _mask_part(part: str) -> str:
    return part if part.partition("=")[0] in _FRAGMENTS else _SECRET


def _mask_user(rest: str) -> str:
    """Hide what stands before the @ of a host; where a password could hold a slash, all up to the last @ goes with it."""
    if "@" not in rest or _PLAIN_USER.match(rest):
        return rest
    before, _, behind = rest.rpartition("@")
    if ":" in before:
        first = re.fullmatch(r"[^/@:]*:[^/@]*@([\w.-]+(?::\d+)?/[^@:]*)", before)  # user:password@host/path, then @revision
        return f"{_USER}{first[1]}@{behind}" if first else _USER + behind
    netloc, slash, path = rest.partition("/")
    if "@" in netloc:
        return _USER + netloc.rpartition("@")[2] + slash + path
    return rest

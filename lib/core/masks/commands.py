"""Secrets on command lines, in protocols, SQL and the files of tools, and the input that a validation error repeats."""

import re
from collections.abc import Iterator
from typing import Final

from lib.core.masks import keys
from lib.core.masks.spoken import DIGIT, FILE, Span, hidden_groups, is_basic
from lib.core.masks.values import is_opaque, is_placeholder

_TO_FLAG: Final = r"[^\n|]{0,120}?\s"
_VALUE: Final = r"[\"']?(?P<v>[^\s\"'-][^\s\"']{0,127})"
# By a word that is in the text: how the tool is given a password.
_TOOLS: Final = {
    word: re.compile(pattern)
    for words, pattern in (
        ("curl", rf"\bcurl\b{_TO_FLAG}(?:(?:-u|--user|--proxy-user|-U)[ =]?[\"']?[^\s:\"']{{0,80}}:(?P<v>[^\s\"']{{1,128}})"
         rf"|(?:-b|--cookie)[ =]?[\"']?[^\s=\"']{{1,80}}=(?P<jar>[^\s\"']{{6,4096}}))"),
        ("-u|--user", r"(?:^|\s)(?:-u|--user)[ =][\"']?[\w.@-]{1,80}:(?P<v>[^\s\"':]{1,128})(?=[\s\"']|$)"),
        ("mysql", rf"\bmysql\w{{0,10}}\b{_TO_FLAG}-p(?P<v>[^\s\"'-][^\s\"']{{0,127}})"),
        ("sshpass|redis-cli|docker login|mongo|ldapsearch",
         rf"\b(?:sshpass|redis-cli|docker login|mongo(?:sh)?|ldapsearch)\b{_TO_FLAG}-[apw][ ]?{_VALUE}"),
        ("http", rf"\bhttps?[ ]{_TO_FLAG[:-2]}(?:-a|--auth)[ =][\"']?[^\s:\"']{{1,80}}:(?P<v>[^\s\"']{{1,128}})"),
        ("openssl", rf"\bopenssl\b{_TO_FLAG}-k[ ]{_VALUE}"),
        ("zip", rf"\bzip\b{_TO_FLAG}-P[ ]{_VALUE}"),
        ("htpasswd", rf"\bhtpasswd[ ]-[a-zA-Z]{{0,6}}b[a-zA-Z]{{0,6}}[ ]\S{{1,200}}[ ]\S{{1,80}}[ ]{_VALUE}"),
        ("az login", rf"\baz[ ]login\b{_TO_FLAG}-p[ ]{_VALUE}"),
        ("vault login", rf"\bvault[ ]login(?:[ ]-[a-z=-]{{1,20}}){{0,2}}[ ]{_VALUE}"),
        ("7z|rar", rf"\b(?:7za?|rar|unrar)\b{_TO_FLAG}-p(?P<v>[^\s\"'-][^\s\"']{{0,127}})"),
        ("smbclient", rf"\bsmbclient\b{_TO_FLAG}-U[ ]?[\"']?[^\s%]{{1,80}}%(?P<v>[^\s\"']{{1,127}})"),
        ("/user:", r"[ ]/user:\S{1,80}[ ](?P<v>[^\s\"'/][^\s\"']{0,127})"),
    )
    for word in words.split("|")
}  # fmt: skip
# Words of a protocol, in the case that it uses; what follows must look like a secret.
_PROTOCOL: Final = re.compile(
    r"(?:^|[\s\"'>:])(?:AUTH[\"']?[ ][\"']?(?:PLAIN[ ]|LOGIN[ ]|CRAM-MD5[ ]"
    r"|XOAUTH2[ ]|[a-z][\w.-]{0,40}[\"']?[ ][\"']?)?(?P<auth>[^\s\"']{6,512})"
    r"|PASS[ ](?P<pass>[^\s\"'/]{6,128})(?=[\s\"']|$)|\bLOGIN[ ][\"']?[^\s\"']{1,80}[\"']?[ ][\"']?(?P<login>[^\s\"']{6,128})"
    r"|IDENTIFY[ ](?:\S{1,40}[ ])?(?P<irc>[^\s\"']{6,128}))"
)
_FILES: Final = re.compile(
    r"(?:^|[\s\"'])(?:[\w.-]{1,120}|\*):(?:[0-9]{2,5}"
    r"|\*):[A-Za-z_*][\w*-]{0,59}:[\w.*-]{1,60}:(?P<pgpass>[^\s\"':]{6,128})(?=[\s\"']|$)"
    r"|\becho[ ][\"']?[\w.-]{1,60}:(?P<chpasswd>[^\s\"':]{6,128})[\"']?[ ]?\|[ ]?(?:sudo[ ])?chpasswd"
    r"|\bsqlplus[ ](?:-[A-Za-z]{1,8}[ ]){0,3}[\"']?[\w$.-]{1,60}/(?P<oracle>[^\s@\"']{1,128})@"
    r"|\$ANSIBLE_VAULT;[0-9.]{1,5};AES256(?:;\w{1,40})?(?:\\{1,16}[nr]|\s){1,4}(?P<ansible>[0-9a-f\s\\nr]{32,65536})"
)
_AUTHS: Final = re.compile(
    r"\\{0,16}[\"']_?auth\\{0,16}[\"'][ \t]{0,4}:[ \t]{0,4}\\{0,16}[\"'](?P<docker>[0-9A-Za-z+/=_-]{8,1024})\\{0,16}[\"']"
)
_JWK: Final = re.compile(
    r"[\"'](?:d|dp|dq|qi|p|q|k)\\{0,16}[\"'][ \t]{0,4}:[ \t]{0,4}\\{0,16}[\"'](?P<jwk>[0-9A-Za-z_-]{20,4096})"
)
_NETRC: Final = re.compile(
    (
        r"\blogin[ \t]+\S{1,128}[ \t]+password[ \t]+(?P<netrc>\S{1,128})|\bIDENTIFIED[ \t]+(?:BY"
        r"|WITH \w{1,40} (?:BY|AS))[ \t]+(?:PASSWORD[ \t]+)?'(?P<sql>[^'\n]{1,256})'"
    ),
    re.IGNORECASE,
)
_CHECKED: Final = re.compile(r"input_value=(?P<q>[\"']?)(?P<value>[^\n]{1,300}?)(?P=q)(?:, input_type|\])")
_LOOK_BACK: Final = 400
"""A validation error names its field on the line before; no message in between is longer. Characters."""


def find_in_commands(text: str) -> Iterator[Span]:
    """Yield passwords on command lines, in SQL and netrc, and the input that a validation error repeats."""
    if " -" in text or " /user:" in text or "vault login" in text or text.startswith("-"):
        for tool in {tool for word, tool in _TOOLS.items() if word in text}:
            for match in tool.finditer(text):
                yield from hidden_groups(match, "cookie" if "jar" in match.groupdict() and match["jar"] else "password")
    if "AUTH" in text or "PASS" in text or "LOGIN" in text or "IDENTIFY" in text:
        for match in _PROTOCOL.finditer(text):
            for name, value in match.groupdict().items():
                if value and is_opaque(value) and (DIGIT.search(value) or value.endswith("=")) and not FILE.search(value):
                    yield *match.span(name), "password"
    if ":" in text or "sqlplus" in text or "$ANSIBLE" in text:
        for match in _FILES.finditer(text):
            yield from hidden_groups(match, "password")
    if "VALUES" in text or "values" in text:
        yield from _inserted(text)
    if "auth" in text:
        for match in _AUTHS.finditer(text):
            if is_basic(match["docker"]) or '"auths' in text:
                yield *match.span("docker"), "password"
    if "kty" in text:
        for match in _JWK.finditer(text):
            yield *match.span("jwk"), "private_key"
    if " " in text:
        for match in _NETRC.finditer(text):
            yield from hidden_groups(match, "password")
    if "input_value=" in text and "\n" in text:
        for match in _CHECKED.finditer(text):
            if _is_field_secret(text, match.start()) and not is_placeholder(match["value"].strip("'\"")):
                yield *match.span("value"), "password"


_INSERT: Final = re.compile(
    r"\bINTO\s{1,4}[^\s(]{1,120}\s{0,4}\(([^()]{1,2000})\)\s{0,4}VALUES\s{0,4}\(([^()]{1,8000})\)", re.IGNORECASE
)
_SQL_VALUE: Final = re.compile(r"\s*(?:'((?:[^'\\]|''|\\.)*)'|([^,']*))\s*(?:,|$)")


def _inserted(text: str) -> Iterator[Span]:
    """Yield the values that an INSERT gives to columns with a secret's name."""
    for match in _INSERT.finditer(text):
        columns = [column.strip(' \t"`\\[]') for column in match[1].split(",")]
        for column, value in zip(columns, _SQL_VALUE.finditer(match[2]), strict=False):
            if value[1] and (rule := keys.judge(column)) and not is_placeholder(value[1]):
                yield match.start(2) + value.start(1), match.start(2) + value.end(1), rule


def _is_field_secret(text: str, at: int) -> bool:
    lines = text[max(0, at - _LOOK_BACK) : at].rsplit("\n", 2)
    return len(lines) > 1 and keys.judge(lines[-2].strip()) != ""


HINT_PROTOCOLS: Final = (
    r"(?:AUTH|PASS|LOGIN|IDENTIFY)[\\\"' ]{1,8}[^\s]|chpasswd|sqlplus |ANSIBLE_VAULT|[\"']kty|auth\\{0,16}[\"'][ \t]{0,4}:"
    r"|:(?:[0-9]{2,5}|\*):[A-Za-z_*][0-9A-Za-z_*-]{0,59}:[0-9A-Za-z_.*-]{1,60}:[^\s:]{6}"
    r"|(?i-u:\) {0,4}(?:\\{1,4}[nrt])?VALUES)|/user:|vault login"
    r"|https? .{0,200}(?:-a|--auth)[ =]"
)
HINT_TOOLS: Final = (
    r"(?:curl|mysql|sshpass|redis-cli|docker login|mongo|ldapsearch|openssl"
    r"|htpasswd|smbclient|az login|zip|7za?|rar)[^ \n]{0,12}[ ].{0,260}-[A-Za-z-]"
    r"|-u[ =]|--user[ =]"
)
HINT_COMMANDS: Final = (
    HINT_TOOLS
    + "|"
    + HINT_PROTOCOLS
    + r"|input_value=|(?i-u:login(?:[ \t]|\\{1,16}t)[!-~]{1,128}(?:[ \t]|\\{1,16}t)+password|IDENTIFIED(?:[ \t]|\\{1,16}t))"
)

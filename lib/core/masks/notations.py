"""What stands between a secret's name and its value, in every notation: for Python, and for raw JSON in Rust."""

from typing import Final

from lib.core.masks import keys

ESC: Final = r"\\{0,64}"
CLOSE: Final = rf"(?:{ESC}[\"'`])?[\])]?"
ASSIGN: Final = r"(?::=|=>|->|={1,3}|:|%3[DdAa])"
VALUE_WORD: Final = rf"[,;]?[ \t]*(?:b?{ESC}[\"'])?(?:string_?)?(?:value|val|content)(?:{ESC}[\"'])?"

SEPARATOR: Final = rf"{CLOSE}[ \t]{{0,8}}(?:{ASSIGN}|{VALUE_WORD}[ \t]{{0,4}}{ASSIGN}|>)"
"""Between a name and its value, in every engine's syntax."""

PROSE: Final = (
    r"[ \t]+for[ \t]+[!-~]{1,60}[ \t]*(?:[:=]|is)[ \t]*|[ \t]+(?:to|for)[ \t]+[ -9;-~]{1,60}:(?:\\{1,16}[nr]|\s){1,4}"
    r"|[ \t]+(?:(?:has been |was |been )?(?:(?:changed|updated|rotated) from|issued|created|generated|received"
    r"|set|changed|reset)(?: to| as)?|is now|is|was|are|to)[ \t]*[:=]?[ \t]+"
    r"|[ \t]{1,8}\|[ \t]{1,8}"
)
"""Between the words of a sentence and the value that it gives away."""

QUOTED: Final = rf"[ \t]{{1,4}}[bB]?{ESC}[\"'`]"
BREAK: Final = r"(?:\s|\\{1,16}[nrt])"
CARRIER: Final = (
    r"(?:string_?[vV]?alue|value|val|string|bytes|raw|plain|current|new|old|from|to|prev|previous|text|data|default|[Ss])"
)
LINK: Final = (
    rf"{ESC}[\"'][ \t]{{0,4}};[ \t]{{0,4}}s:[0-9]{{1,6}}:(?={ESC}[\"'])"  # PHP's serialize
    rf"|{ESC}[\"']>>[ \t]{{0,4}},[ \t]{{0,4}}<<(?={ESC}[\"'])"  # Erlang
    rf"|</key>{BREAK}{{0,16}}<(?:string|data)>"  # Apple's property lists
    rf"|{ESC}[\"'][ \t]{{0,4}}\{{{BREAK}{{0,16}}(?:default|value)[ \t]{{0,8}}=[ \t]{{0,8}}"  # HCL
    rf"|{ESC}[\"']?[ \t]{{0,4}}(?:\\{{0,16}}[nr]|\r?\n){{1,2}}(?:[ \t-]|\\{{1,16}}t){{0,40}}{ESC}[\"']?(?:value|val|content)"
    rf"{ESC}[\"']?[ \t]{{0,4}}:[ \t]{{0,8}}"  # YAML's name and value
    rf"|{ESC}[\"']?[ \t]{{0,4}}(?::"
    rf"|=>?)[ \t]{{0,4}}\{{{BREAK}{{0,16}}{ESC}[\"']?{CARRIER}{ESC}[\"']?[ \t]{{0,4}}(?::|=>?)[ \t]{{0,4}}"
    rf"|{ESC}[\"'](?:\\{{0,16}}[nr]|[\r\n]){{2,8}}"  # a part of a form
    rf"|{ESC}[\"']?\]?[ \t]{{0,4}}(?::|=>)[ \t]{{0,4}}{BREAK}{{0,8}}(?:string"
    rf"|str)\([0-9]{{1,6}}\)[ \t]{{1,4}}(?={ESC}[\"'])"  # PHP's var_dump
    rf"|[ \t]{{0,4}}[:=][ \t]{{0,4}}(?:Str|String|StringValue|SecretStr|Just|Some)\((?=[^\"'\\\s])"  # OpenTelemetry, Haskell
)
"""Between a name and its value where a format puts more than a sign."""

# What of these SEPARATOR does not find, for raw JSON.
LINK_HINT: Final = (
    rf"{ESC}[\"'][ \t]{{0,4}}(?:;[ \t]{{0,4}}s:|>>|\{{|(?:\\{{1,16}}[nr]|[\r\n]){{2}})|</key>|\({ESC}[\"']"
    rf"|{ESC}[\"']?[ \t]{{0,4}}(?:\\{{1,16}}[nr]|[\r\n]){{1,2}}(?:[ \t-]|\\{{1,16}}t){{0,40}}{ESC}[\"']?(?:value|val|content)"
)

PAIRED: Final = rf"{ESC}[\"'`][ \t]{{0,4}},[ \t]{{0,4}}[bB]?{ESC}[\"'`]"
BLANK: Final = r"[ \t]{1,4}"


def _hint(key: str) -> str:
    """Behind a key; in raw JSON a tab or a line end is two signs or more, and a value holds any letters."""
    sign = r"(?u:[^\s])"
    behind = (
        rf"{SEPARATOR}|{LINK_HINT}|{PROSE}|{QUOTED}|{PAIRED}"
        rf"|{ESC}[\"'`][ \t]{{0,4}}[,}}\])]|{BLANK}(?:{sign}{{0,64}}[0-9]|{sign}{{20}})"
    )
    pattern = rf"(?i-u:{key}(?:{behind}))|(?i-u:-{{1,2}}[a-z0-9-]{{0,24}}{key}{BLANK}(?u:[^\s-]))"
    return pattern.replace(r"[ \t]", r"(?:[ \t]|\\{1,16}t)").replace("[!-~]", sign).replace("[ -9;-~]{1,60}", "[ -9;-~]{1,240}")


HINT: Final = _hint(keys.KEY)
"""Rust: finds every raw JSON text in which `find_named`, or a payload's key or name beside a value, announces something."""

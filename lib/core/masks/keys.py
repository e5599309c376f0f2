"""Which names announce a secret: one vocabulary for running text (both engines) and for the keys of a payload."""

import re
from functools import lru_cache
from typing import Final

# The common subset of Python's and Rust's syntax. J joins the words of a name.
_J: Final = r"(?:[-_. ]|%20)?"

_KINDS_OF_KEY: Final = (
    "api access account auth authentication authorization admin app application client consumer crypto decryption "
    "deploy encryption encrypted enc fernet functions? gpg hmac ingest ingestion integration jwt licen[cs]e master pgp private "
    "priv root rsa secret server service session shared sign signing signature ssh ssl storage subscription symmetric aes "
    "tls vault webhook write cipher fastly instrumentation algolia machine recovery"
).split()  # fmt: skip

_AUTH: Final = rf"(?:redis|rediscli|master|basic|http|proxy|registry|npm|:_){_J}auth|_auth"

_CORES: Final = {
    "password": rf"pass{_J}(?:words?|wd|phrases?|code)|passwd|pwd|psw|pswd|passwort|kennwort|contrasena|wachtwoord|heslo"
    rf"|(?:db|user|admin|root|smtp|ftp|mail|http|ssh|require|master|redis|mysql"
    rf"|pg|sudo|login|my|proxy|key|trust|keystore|store|vnc|ldap|bind|wifi)"
    rf"_?pass|pass|mot{_J}de{_J}passe|pw|senha|salasana|adgangskode|losenord|haslo|jelszo|parool",
    "secret": rf"secret{_J}access{_J}keys?|(?:{'|'.join(_KINDS_OF_KEY)}){_J}keys?|x{_J}functions{_J}key"
    rf"|secrets?|tokens?|credentials?|creds"
    rf"|jwt|{_AUTH}|connection{_J}string|[cx]srf|assertion|saml{_J}response"
    rf"|mnemonic|seed{_J}phrase|recovery{_J}phrase|account{_J}sas|shared{_J}access{_J}signature"
    rf"|deploy{_J}hook|bearer|psk|dek|kek|honeycomb{_J}team|oidc{_J}data",
    "authorization": r"authorization",
    "cookie": rf"set{_J}cookies?2?|cookies?|j?sessionids?|[a-z]{{0,8}}sessid|connect\.sid"
    rf"|sid|__host-[a-z_-]{{1,20}}|__secure-[a-z_-]{{1,20}}"
    rf"|remember{_J}me{_J}token|remember{_J}me|_gitlab_session",
    "session": rf"_session|session{_J}ids?|awsalb(?:cors|tg|tgcors)?|wordpress_logged_in_[0-9a-f]{{4,64}}"
    rf"|oauth2_proxy|cf_clearance|__cf_bm|(?:recovery|backup){_J}codes?",
    "pin": rf"(?:pin|security|verification|confirmation|mfa|2fa|otp|totp|sms|login|auth|passcode"
    rf"|one{_J}time|two{_J}factor"
    rf"|unlock|activation){_J}(?:code|pin|password)|otp|totp|hotp|pin|mpin|tan|cvv2?|cvc2?|cvn",
    "ssn": rf"ssn|social{_J}security{_J}(?:number|no)|itin",
    "card": rf"(?:card|credit{_J}card|cc|debit{_J}card){_J}(?:number|num|no)|pan",
    "iban": rf"iban|bank{_J}account{_J}(?:number|no)|account{_J}number|routing{_J}number|sort{_J}code",
    "phone": (
        rf"(?:tele)?phone{_J}(?:number|no)?|mobile{_J}(?:number|no|phone)?|msisdn"
        rf"|cell{_J}phone|whatsapp{_J}number|fax{_J}(?:number|no)?"
    ),
    "personal": rf"dob|date{_J}of{_J}birth|birth{_J}(?:date|day)|passport{_J}(?:number|no)?"
    rf"|(?:national|tax|citizen){_J}(?:id|number)|nino|tax{_J}payer{_J}id"
    rf"|driver'?s?{_J}licen[cs]e{_J}(?:number|no)?|(?:first|last|given|family"
    rf"|maiden|middle){_J}names?|surname|(?:street|home|postal|billing|shipping)"
    rf"{_J}address",
}  # fmt: skip

# What may follow the word that tells without changing that the value is the secret.
_TAIL: Final = (
    rf"(?:{_J}(?:hash|hashed|salt|digest|value|base|b64|base64|plain|plaintext"
    rf"|text|raw|str|string|old|new|current|prev|previous|confirm|confirmation"
    r"|again|repeat|prod|production|dev|staging|test|live|primary|secondary"
    r"|header|content|data|main|default|encrypted|enc|[0-9]{1,3}|[ab])){0,2}"
)

KEY: Final = "(?:" + "|".join(_CORES.values()) + ")" + _TAIL
"""Finds the end of every name that `judge` takes for a secret's; ignore case."""

SHORT_NAMES: Final = (
    r"(?:otp|pin|tan|cv[vcn]2?|ssn|itin|pan|iban|phone|mobile|msisdn|fax|dob"
    r"|nino|psk|[dk]ek|sid|psw|pswd|[ -@\[-`{-~]pw|srf|passe)"
)
"""Names so short that they are looked for with what stands behind them.

One of these, of LONG_WORDS, or `key` is in every name of KEY.
"""

_CODE_KINDS: Final = (
    "pin security verification confirmation mfa 2fa otp sms backup recovery login auth time factor unlock activation sort"
).split()
_CODES: Final = tuple(f"{kind}{joint}code" for kind in _CODE_KINDS for joint in ("", "_", "-", " ", ".", "%20"))
LONG_WORDS: Final = (
    _CODES
    + tuple(
        "secret token pass pwd cred authorization cookie jwt phrase bearer kennwort"
        " wachtwoord heslo contrasena senha salasana adgangskode losenord haslo"
        " jelszo parool _session session_id session-id session.id awsalb logged_in"
        " oauth2_proxy cf_clearance __cf_bm honeycomb oidc recovery backup _auth sessionid sessid connect.sid __host- __secure-"
        " remember passcode number assertion mnemonic samlresponse saml_response"
        " saml-response sharedaccesssignature shared_access_signature deploy_hook"
        " deployhook deploy-hook connectionstring connection_string accountsas"
        " account_sas proxy-auth birth surname address"
        " licen national citizen tax password".split()
    )
    + tuple(
        f"{which}{joint}name"
        for which in ("first", "last", "given", "family", "maiden", "middle")
        for joint in ("", "_", "-", " ", ".", "%20")
    )
    + tuple(
        f"{which}{joint}auth"
        for which in ("redis", "rediscli", "master", "basic", "http", "proxy", "registry", "npm", ":_")
        for joint in ("", "_", "-", " ", ".")
    )
)

AFTER_KEY: Final = tuple("=:\"'\\` ])._-%,>")
"""Without what stands behind it, "key" is in most lines."""

_NAMED: Final = "(?:" + "|".join(f"(?P<{rule}>{core})" for rule, core in _CORES.items()) + ")" + _TAIL + r"(?![0-9A-Za-z_])"

NAMED: Final = re.compile(_NAMED)
"""The same for Python, on text in lower case (several times faster than ignoring case); the group that matched is the rule."""

STEMS: Final = tuple(
    "pass pw ps kennwort contras wachtwoord heslo secret token key cred jwt"
    " auth string srf assertion saml mnemonic phrase shared account hook bearer"
    " dek kek cookie sess sid __ remember otp pin tan cv code ssn social itin"
    " card cc pan iban routing phone mobile msisdn fax dob birth nino tax licen"
    " citizen national name address haslo senha salasana adgangskode losenord"
    " jelszo parool awsalb logged proxy cf_ oidc honeycomb backup recovery".split()
)
"""One of these, in lower case, is in every name that KEY finds."""

# Words that also end, or begin, ordinary ones: only at the beginning of a word or of a hump.
_SHORT: Final = frozenset(
    (
        "pass pw psw pin otp tan cvv cvv2 cvc cvc2 cvn sid pan dek kek psk dob"
        " jwt itin ssn fax nino mobile phone bearer pwd iban assertion _auth"
        " senha haslo parool"
    ).split()
)
_LEFT: Final = re.compile(r"[0-9A-Za-z]")


_COUNTED: Final = re.compile(
    r"(?:^|[^A-Za-z]|(?<=[a-z])(?=[A-Z]))(?i:in|input|out|output|prompt|completion"
    r"|total|max|min|cached?|creation|read|used|num|n|reasoning|thinking|audio|image|text"
    r"|budget|limit|remaining|generated)[-_ ]?$"
)
_NO_TOKEN: Final = re.compile(r"(?i:public_?key_?)$|(?:^|[^A-Za-z])(?i:max|min|num|n)_?$")


def _is_count(before: str, core: str) -> bool:
    """True for `input_tokens`, which are counted, and for the fingerprint PublicKeyToken."""
    return _NO_TOKEN.search(before) is not None or (core == "tokens" and _COUNTED.search(before) is not None)


def _begins(text: str, start: int) -> bool:
    """True when a word, or a hump of camelCase, begins at `start`."""
    before = text[start - 1 : start]
    return (
        not _LEFT.match(before)
        or (before.islower() and text[start].isupper())
        or before.isdigit()
        or text[start - 2 : start] == "-D"
    )


def lower(text: str) -> str:
    """The text in lower case, letter for letter: one that would become two stays."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def rule_of(match: re.Match[str], text: str) -> str:
    """Return the rule that a match of NAMED in `text` stands for, "" when it is the end of an ordinary word."""
    name = match.lastgroup or ""
    core = match.group(name)
    if core.startswith("token") and _is_count(text[max(0, match.start() - 24) : match.start()], core):
        return ""
    is_weak = core in _SHORT or name in ("personal", "phone", "card", "iban") or " " in core or core.endswith(("y", "th"))
    return "" if is_weak and not _begins(text, match.start()) else name


@lru_cache(maxsize=4096)
def judge(key: str) -> str:
    """Return the rule for what stands under a payload's key, "" when it is no secret's name."""
    key = key[-200:]
    low = lower(key)
    if not any(stem in low for stem in STEMS):
        return ""
    ends = (match for match in NAMED.finditer(low) if match.end() == len(key))
    return next((rule for match in ends if (rule := rule_of(match, key))), "")

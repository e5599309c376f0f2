"""What holds of masking for every text: twice is once, nothing raises, and the columns see what Python sees."""

import json
import string

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.masks import mask_lines, mask_payload, mask_text, mask_texts

KEY = st.text(string.ascii_letters + string.digits, min_size=20, max_size=40)
NAMES = st.sampled_from("password api_key clientSecret Authorization cookie token DB_PASSWORD x-api-key pin email".split())
PREFIXES = st.sampled_from(
    [
        "gh" + "p_",
        "AK" + "IA",
        "ey" + "J",
        "sk" + "_live_",
        "xo" + "xb-",
        "Bearer ",
        "https://u:",
        "a@b.example.com ",
        "93.184.216" + ".34 ",
    ]
)
GLUE = st.sampled_from(
    [
        *list("=:\"'\\ ,;&@/()[]{}<>\n%\u200b"),
        "%3D",
        "\\n",
        "\\u003d",
        "&quot;",
        ": ",
        "=>",
        '\\"',
        "[token]",
        "[password]",
        " is ",
    ]
)
PIECES = st.one_of(KEY, NAMES, PREFIXES, GLUE, st.text(max_size=8))
TEXTS = st.lists(PIECES, max_size=14).map("".join)
STORABLE = TEXTS.filter(lambda text: text.isprintable() or max(text, default="") < "\ud800")
NETWORKS = (
    "0 10 100.64 100.128 127 169.254 172.16 172.32 192.0.0 192.0.1 192.0.2 192.88.99 192.168 198.18 198.20 198.51.100"
    " 203.0.113 203.0.114 224"
).split()
EDGES = [".".join((network.split(".") + [end] * 3)[:4]) for network in NETWORKS for end in ("0", "1", "255")]
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(NAMES, TEXTS), inner, max_size=4)),
    max_leaves=12,
)


@settings(deadline=None)
@given(TEXTS)
def test_masking_a_text_twice_is_masking_it_once(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@settings(deadline=None)
@given(VALUES)
def test_masking_a_payload_twice_is_masking_it_once(value: object) -> None:
    once = mask_payload(value)
    assert mask_payload(once) == once


@settings(deadline=None)
@given(KEY, NAMES.filter(lambda name: name not in ("pin", "email")), GLUE)
def test_no_payload_keeps_what_a_secrets_name_announces(key: str, name: str, glue: str) -> None:
    secret = f"{key}0{glue}Z"
    assert key not in json.dumps(mask_payload({"request": [{name: secret}]}))


@settings(deadline=None)
@given(st.lists(STORABLE, max_size=6))
def test_a_column_of_texts_is_each_text_masked_in_order(texts: list[str]) -> None:
    masked, _ = mask_texts(pl.Series(texts, dtype=pl.String))
    assert masked.to_list() == [mask_text(text) for text in texts]


@settings(deadline=None)
@given(st.lists(STORABLE, max_size=4), st.booleans())
def test_a_column_of_entries_holds_what_masking_each_payload_gives(texts: list[str], escaped: bool) -> None:
    """The first two stages read raw JSON, escaped or not, and may not overlook what the third would hide."""
    lines = [json.dumps({"jsonPayload": {"message": text}}, ensure_ascii=escaped) for text in texts]
    masked, _ = mask_lines(pl.Series(lines, dtype=pl.String))
    assert [json.loads(line)["jsonPayload"]["message"] for line in masked] == [mask_text(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), st.sampled_from(EDGES)).map(str), min_size=1, max_size=20))
def test_the_address_of_a_request_is_hidden_without_python_just_as_with_it(addresses: list[str]) -> None:
    entries: list[dict[str, object]] = [{"httpRequest": {"remoteIp": address}} for address in addresses]
    masked, _ = mask_lines(pl.Series([json.dumps(entry) for entry in entries]))
    assert [json.loads(line) for line in masked] == [mask_payload(entry) for entry in entries]


@settings(deadline=None)
@given(st.lists(st.text().filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)), max_size=6))
def test_no_line_whatsoever_raises_and_the_column_keeps_its_length(lines: list[str]) -> None:
    masked, counts = mask_lines(pl.Series(lines, dtype=pl.String))
    assert len(masked) == len(lines)
    assert all(count > 0 for count in counts.values())

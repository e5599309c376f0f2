"""Secrets and personal data are gone before anything is stored, and nothing else is; each secret is made here, at run time."""

import json
import random
import string
from pathlib import Path

import polars as pl
import pytest

from lib.core.masks import RULES, RULES_VERSION, mask_lines, mask_payload, mask_text, mask_texts

MIXED = string.ascii_letters + string.digits
ORIGIN = {
    "insertId": "68c9aa490006a9e7fc94028b",
    "timestamp": "2025-09-16T18:19:53.436711Z",
    "receiveTimestamp": "2025-09-16T18:19:53.726442711Z",
    "logName": "projects/acme-shop/logs/run.googleapis.com%2Fstderr",
    "resource": {"type": "cloud_run_revision", "labels": {"revision_name": "checkout-00220-6r7"}},
    "labels": {"instanceId": "0069c7a9" + "8e0c6cb1" * 15, "commit-sha": "d3e60ca"},
    "severity": "WARNING",
    "trace": "projects/acme-shop/traces/" + "d9418fd0" * 4,
    "spanId": "882ffc6388ac069d",
    "sourceLocation": {"file": "auth/token.py", "line": "12", "function": "refresh_token"},
}


def make(length: int, alphabet: str = MIXED, seed: int = 7) -> str:
    """A random value that holds a letter and a digit."""
    rng = random.Random(seed)
    return "".join(rng.choice(alphabet) for _ in range(length - 2)) + "a1"


PASSWORD = "Tr0ub" + make(9)
KEY = make(32)
HEX = make(40, string.hexdigits.lower()[:16])

TOKENS = {
    "aws": "AK" + "IA" + "Q" * 12 + "Z234",
    "github": "gh" + "p_" + make(36),
    "gitlab": "gl" + "pat-" + make(20),
    "google": "AI" + "za" + make(35),
    "slack": "xo" + "xb-" + make(30, string.digits),
    "stripe": "sk" + "_live_" + make(24),
    "anthropic": "s" + "k-ant-" + make(60),
    "hugging face": "h" + "f_" + make(34),
    "sendgrid": "S" + "G." + make(22) + "." + make(43),
    "vault": "hv" + "s." + make(40),
    "databricks": "da" + "pi" + HEX[:32],
    "telegram": "123456789" + ":A" + "A" + make(33),
    "twilio": "S" + "K" + HEX[:32],
    "an unknown provider of the same fashion": "acme" + "_live_" + make(32),
}


def masked_line(entry: dict[str, object]) -> dict[str, object]:
    """What is stored of an entry."""
    lines, _ = mask_lines(pl.Series([json.dumps(ORIGIN | entry)]))
    return dict(json.loads(lines[0]))


def test_every_rule_is_named_once_and_says_what_it_hides_and_why() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(rule.hides and rule.reason for rule in RULES)
    assert RULES_VERSION


@pytest.mark.parametrize("around", ["got {}, retrying", "x={}&n=1", "({})", '{{"a":"{}"}}', "a\n{}\nb", "<{}>", "['{}', 3]"])
@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_token_is_hidden_whatever_stands_around_it(token: str, around: str) -> None:
    assert mask_text(around.format(token)) == around.format("[token]")


NAMED = {
    "plain": "password={} retries=3",
    "yaml": "  password: {}\n  retries: 3",
    "python": "{{'password': '{}', 'retries': 3}}",
    "bytes": "{{b'password': b'{}', b'n': 3}}",
    "json": '{{"password" : "{}" , "retries" : 3 }}',
    "json in json": '{{\\"password\\":\\"{}\\",\\"retries\\":3}}',
    "json in json in json": '{{\\\\\\"password\\\\\\":\\\\\\"{}\\\\\\"}}',
    "ruby": '{{"password"=>"{}", :n=>3}}',
    "go": "&{{User:app Password:{} Retries:3}}",
    "xml element": "<password>{}</password>",
    "xml attributes": '<add key="DbPassword" value="{}"/>',
    "flag": "run --password {} --verbose",
    "sql": "ALTER USER app PASSWORD '{}'",
    "prose": "temporary password is {}",
    "connection string": "Server=x;Uid=sa;Pwd={};",
    "camel case": "userPassword={}",
    "longer name": "SPRING_DATASOURCE_PASSWORD={}",
}


@pytest.mark.parametrize("notation", NAMED.values(), ids=NAMED)
def test_a_password_is_hidden_in_every_notation_and_its_surroundings_stay(notation: str) -> None:
    assert mask_text(notation.format(PASSWORD)) == notation.format("[password]")


def test_the_whole_of_a_quoted_value_is_hidden_with_its_blanks_and_escaped_quotes() -> None:
    quoted = PASSWORD + ' with \\" and more words'
    assert mask_text(f'{{"client_secret": "{quoted}", "n": 1}}') == '{"client_secret": "[secret]", "n": 1}'


@pytest.mark.parametrize("value", ["0x9" + KEY, "hunter2(" + KEY[:6], "os" + KEY])
def test_a_secret_that_begins_like_code_is_hidden(value: str) -> None:
    assert mask_text(f"retry with accessToken={value}") == "retry with accessToken=[secret]"


def test_a_quotation_that_was_cut_off_is_hidden_to_its_end() -> None:
    assert mask_text(f'password="{PASSWORD} and') == 'password="[password]'


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "token", "ApiKey"])
def test_an_authorization_header_keeps_its_scheme_only(scheme: str) -> None:
    assert KEY not in mask_text(f"> Authorization: {scheme} {KEY}")
    assert mask_text(f"> Authorization: {scheme} {KEY}").startswith(f"> Authorization: {scheme} [")


def test_every_cookie_is_hidden_and_the_attributes_of_a_set_cookie_stay() -> None:
    assert mask_text(f"Cookie: theme=dark; sid={KEY}; csrf={HEX}") == "Cookie: [cookie]"
    assert mask_text(f"Set-Cookie: session={KEY}; Path=/; Secure") == "Set-Cookie: [cookie]; Path=/; Secure"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "redis", "https", "amqp"])
def test_a_password_in_a_url_is_hidden_and_user_and_host_stay(scheme: str) -> None:
    assert mask_text(f"{scheme}://app:{PASSWORD}@db.example.com:5432/x") == f"{scheme}://app:[url_password]@db.example.com:5432/x"


def test_a_url_password_may_hold_the_sign_that_ends_it() -> None:
    assert mask_text(f"postgres://app:{KEY[:5]}@{KEY[5:]}@db.internal/x") == "postgres://app:[url_password]@db.internal/x"


@pytest.mark.parametrize("name", ["access_token", "sig", "X-Amz-Signature", "code", "key"])
def test_a_secret_parameter_of_a_query_is_hidden_and_its_neighbours_stay(name: str) -> None:
    assert mask_text(f"GET /v1/x?page=2&{name}={KEY}&limit=5") == f"GET /v1/x?page=2&{name}=[secret]&limit=5"


@pytest.mark.parametrize("end", [True, False], ids=["whole", "cut"])
def test_a_private_key_goes_whole_also_when_its_end_was_cut(end: bool) -> None:
    dashes, lines = "-" * 5, "\n".join(make(64, seed=i) for i in range(6))
    block = f"{dashes}BEGIN RSA PRIVATE KEY{dashes}\n{lines}\n" + (f"{dashes}END RSA PRIVATE KEY{dashes}" if end else "")
    assert mask_text(f"key was {block}").strip() == "key was [private_key]"


PERSONAL = {
    "email": ("mail anna.novak+x@shop.example.co.uk now", "mail [email] now"),
    "encoded email": ("/u?email=anna.novak%40example.com&n=1", "/u?email=[email]&n=1"),
    "address": ("client 93.184.216" + ".34 blocked", "client [ip_address] blocked"),
    "address in a url": ("http://93.184.216" + ".34/x", "http://[ip_address]/x"),
    "IPv6": ("from 2a00:1450:4001:81b::200e port", "from [ip_address] port"),
    "card": ("card 5555 5555 " + "5555 4444 declined", "card [card] declined"),
    "iban": ("to DE89 3704 0044 " + "0532 0130 00 failed", "to [iban] failed"),
    "ssn": ("ssn 219-09" + "-9999 rejected", "ssn [ssn] rejected"),
    "phone": ("call +49 170 " + "1234567 now", "call [phone] now"),
}


@pytest.mark.parametrize(("text", "expected"), PERSONAL.values(), ids=PERSONAL)
def test_personal_data_is_hidden(text: str, expected: str) -> None:
    assert mask_text(text) == expected


ORDINARY = (
    "token bucket empty for order, retry in 4s",
    "Password must contain 8 characters",
    "password: required",
    "invalid token: unexpected end of input",
    'FATAL: password authentication failed for user "order"',
    "max_tokens=4096 prompt_tokens: 12",
    '{"token_count":12}',
    "password=*** retries=3",
    "password=[REDACTED]",
    "PWD=/srv/app",
    "bypass=true compass: north monkey=3",
    "Chrome/120.0.0.0 Safari/537.36",
    "agent version 1.2.3.4 loaded",
    "dial tcp 10.0.0.4:5432",
    "peer 192.168.1.4",
    "documentation 203.0.113.9",
    "bind [::1]:8080",
    "deployer@shop.iam.gserviceaccount.com",
    "git fetch ssh://git@github.com/acme/x.git",
    "sha256:" + "ab12" * 16,
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "at 1700000000000 tick",
    "order 4111111111111112 shipped",
    "2026-01-02 03:04:05 +0100",
    "Basic auth is disabled",
    "WWW-Authenticate: Bearer realm=example",
    "enable_order_token_rotation=true",
    "app.order.auth:refresh_token:123 boom",
    "token=Token{a64f992 ActivityRecord}",
    "    password = get_password(user)",
    "PASS:  All configuration requirements met",
    "secret manager access denied on projects/12/secrets/order-db/versions/latest",
    "",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_is_left_alone(text: str) -> None:
    assert mask_text(text) == text


DISGUISES = {
    "unicode escapes": f"pass\\u0077ord\\u003d{PASSWORD}",
    "entities": f"&quot;password&quot;:&quot;{PASSWORD}&quot;",
    "percent signs": f"%7B%22password%22%3A%22{PASSWORD}%22%7D",
    "colours": f"\x1b[36mpassword\x1b[0m=\x1b[35m{PASSWORD}\x1b[0m",
    "invisible letters": f"pass\u200bword={PASSWORD}",
    "wide signs": f"password\uff1d{PASSWORD}",
}


@pytest.mark.parametrize("text", DISGUISES.values(), ids=DISGUISES)
def test_a_disguise_hides_no_secret_from_the_rules(text: str) -> None:
    assert PASSWORD not in mask_text(text)
    assert PASSWORD not in mask_lines(pl.Series([json.dumps({"textPayload": text})]))[0][0]


@pytest.mark.parametrize(
    "key", ["password", "DB_PASSWORD", "apiKey", "client-secret", "authorization", "cookie", "x-api-key", "smtp.password"]
)
def test_a_payload_value_is_judged_by_its_key(key: str) -> None:
    masked = mask_payload({"a": {key: PASSWORD, "n": 3}})
    assert PASSWORD not in json.dumps(masked)
    assert '"n": 3' in json.dumps(masked)


def test_a_value_beside_a_name_is_judged_by_the_name() -> None:
    env = [{"name": "HOME", "value": "/root"}, {"name": "DB_PASSWORD", "value": PASSWORD}]
    assert mask_payload({"env": env}) == {"env": [env[0], {"name": "DB_PASSWORD", "value": "[password]"}]}


def test_lists_numbers_and_keys_of_a_payload_are_masked_too() -> None:
    token = TOKENS["github"]
    assert mask_payload({"passwords": [PASSWORD], "password": 239742993, token: 1, "ok": None}) == {
        "passwords": ["[password]"], "password": "[password]", "[token]": 1, "ok": None,
    }  # fmt: skip


def test_two_keys_that_are_masked_alike_stay_two() -> None:
    assert len(mask_payload({TOKENS["github"]: 1, TOKENS["gitlab"]: 2})) == 2  # type: ignore[arg-type]


def test_a_payload_nested_without_end_is_cut_and_no_failure() -> None:
    value: object = PASSWORD
    for _ in range(5_000):
        value = {"password": value}
    assert PASSWORD not in repr(mask_payload(value))[:100_000]


def test_an_entry_without_a_secret_comes_back_byte_for_byte() -> None:
    lines = pl.Series([json.dumps(ORIGIN | {"textPayload": text}) for text in ORDINARY] + ['{ "a" :1.0e2, "token": null}'])
    masked, counts = mask_lines(lines)
    assert masked.to_list() == lines.to_list()
    assert counts == {}


def test_what_tells_an_entrys_origin_stays_when_its_text_is_masked() -> None:
    entry = masked_line({"textPayload": f"password={PASSWORD}"})
    assert entry == ORIGIN | {"textPayload": "password=[password]"}


def test_hidden_values_are_counted_by_rule() -> None:
    token = TOKENS["github"]
    _, counts = mask_lines(
        pl.Series([json.dumps({"textPayload": f"password={PASSWORD} {token} {token}"}), json.dumps({"textPayload": token})])
    )
    assert counts == {"password": 1, "token": 3}


def test_a_persons_principal_is_masked_and_a_service_accounts_stays() -> None:
    def principal(email: str) -> object:
        return masked_line({"protoPayload": {"authenticationInfo": {"principalEmail": email}}})["protoPayload"]

    assert principal("anna@example.com") == {"authenticationInfo": {"principalEmail": "[email]"}}
    assert principal("ci@p.iam.gserviceaccount.com") == {"authenticationInfo": {"principalEmail": "ci@p.iam.gserviceaccount.com"}}


@pytest.mark.parametrize("address", ["93.184.216" + ".34", "172.32.0" + ".1", "2a00:1450:4001:81b::200e", "100.128.0" + ".1"])
def test_a_public_caller_is_hidden_in_a_request_log_and_the_rest_of_the_line_is_untouched(address: str) -> None:
    line = json.dumps(ORIGIN | {"httpRequest": {"remoteIp": address, "status": 200, "latency": "0.10s"}})
    masked, counts = mask_lines(pl.Series([line]))
    assert masked[0] == line.replace(address, "[ip_address]")
    assert counts == {"ip_address": 1}


@pytest.mark.parametrize(
    "address", ["10.8.0.4", "172.16.0.1", "192.168.0.1", "127.0.0.1", "100.64.0.1", "169.254.169.254", "203.0.113.9", "fd00::1"]
)
def test_an_address_that_is_not_public_stays_in_a_request_log(address: str) -> None:
    line = json.dumps({"httpRequest": {"remoteIp": address, "serverIp": address}})
    assert mask_lines(pl.Series([line]))[0][0] == line


def test_an_escaped_slash_or_sign_in_raw_json_hides_nothing() -> None:
    url = '{"textPayload":"postgres:\\/\\/app:' + PASSWORD + '@db.internal\\/x"}'
    email = '{"textPayload":"mail anna\\u0040example.com"}'
    masked, _ = mask_lines(pl.Series([url, email]))
    assert PASSWORD not in masked[0]
    assert masked[1] == '{"textPayload":"mail [email]"}'


def test_a_field_that_no_entry_has_is_judged_by_its_name() -> None:
    assert masked_line({"password": PASSWORD})["password"] == "[password]"


def test_a_mark_is_no_name_and_what_follows_it_stays() -> None:
    assert mask_text(f"{TOKENS['github']}: user-42-abc rejected") == "[token]: user-42-abc rejected"


def test_a_form_field_in_brackets_is_a_name() -> None:
    assert mask_text(f"user[password]={PASSWORD}&n=1") == "user[password]=[password]&n=1"


def test_a_key_that_stands_twice_hides_nothing() -> None:
    line = '{"password":"' + PASSWORD + '","password":"[password]"}'
    assert PASSWORD not in mask_lines(pl.Series([line]))[0][0]


BROKEN = {
    "cut": '{"textPayload":"password=' + PASSWORD,
    "no json": f"password={PASSWORD}",
    "a list": json.dumps([f"password={PASSWORD}"]),
    "half a pair": '{"textPayload":"\\ud800 password=' + PASSWORD + '"}',
    "not a number": '{"a":NaN,"password":"' + PASSWORD + '"}',
    "too large": '{"a":1e999,"password":"' + PASSWORD + '"}',
    "too deep": '{"a":' * 10_000 + '"password=' + PASSWORD + '"' + "}" * 10_000,
    "long digits": '{"a":' + "1" * 5_000 + ',"password":"' + PASSWORD + '"}',
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_a_damaged_line_is_masked_as_text_and_never_raises(line: str) -> None:
    masked, counts = mask_lines(pl.Series([line]))
    assert PASSWORD not in masked[0]
    assert sum(counts.values()) == 1


def test_a_number_too_large_for_python_keeps_its_digits() -> None:
    assert "1e999" in mask_lines(pl.Series([BROKEN["too large"]]))[0][0]


def test_empty_columns_and_nulls_pass_through() -> None:
    assert mask_lines(pl.Series([], dtype=pl.String))[0].to_list() == []
    masked, counts = mask_lines(pl.Series([None, f"password={PASSWORD}", None], dtype=pl.String))
    assert masked.to_list() == [None, "password=[password]", None]
    assert counts == {"password": 1}


def test_texts_are_masked_as_texts() -> None:
    masked, counts = mask_texts(pl.Series(["fine", f"password={PASSWORD}"]))
    assert masked.to_list() == ["fine", "password=[password]"]
    assert counts == {"password": 1}


REAL = Path(__file__).parents[3] / "shared" / "data" / "netra"


@pytest.mark.skipif(not REAL.exists(), reason="the shared exports are not here")
def test_a_real_export_without_secrets_comes_back_byte_for_byte() -> None:
    lines = pl.Series([json.dumps(entry) for path in sorted(REAL.glob("*.json")) for entry in json.loads(path.read_text())])
    masked, counts = mask_lines(lines)
    assert counts == {}
    assert (masked == lines).all()

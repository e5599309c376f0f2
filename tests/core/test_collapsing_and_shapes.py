"""Each rule of collapsing and each mask from both sides: what it takes, and what is so near that it must be left alone."""

import polars as pl
import pytest

from lib.core.clustering import CODE_MARK, collapse, find_shapes, render_template


def collapsed(message: str) -> str:
    return str(collapse(pl.Series("m", [message]))[0])


def shape(message: str) -> str:
    return render_template(str(find_shapes(collapse(pl.Series("m", [message])))[0]))


@pytest.mark.parametrize(("message", "text"), [
    ("id deadbeef-cafe-babe-face-feedfacebeef", "id 0"),
    ("id deadbeef-cafe-babe", "id 0-cafe-babe"),
    ("to fe80:cafe:babe:dead:beef", "to 0"),
    ("to cafe:babe:dead:beef", "to cafe:babe:dead:beef"),
    ("at 0xface", "at 0"),
    ("at 0xyz", "at 0xyz"),
    ("commit deadbee", "commit 0"),
    ("the facade", "the facade"),
    ("page 1f", "page 0"),
    ("page a1b", "page 0"),
    ("on ee0 and eth0", "on ee0 and eth0"),
    ("took 12.5 s", "took 0.0 s"),
])  # fmt: skip
def test_numbers_of_every_form_become_a_nought(message: str, text: str) -> None:
    assert collapsed(message) == text


@pytest.mark.parametrize(("message", "code"), [
    ("Container called exit(3).", "3"), ("existing(3)", ""), ("exited with code 137", "137"), ("exit status: 2", "2"),
    ("exits 3 of 4", ""), ("killed by signal 9", "9"), ("signals 9", ""), ("HTTP 503", "503"), ("http status code 404", "404"),
    ("HTTP/1.1 404", ""), ("https 404", ""), ('"GET /a" HTTP 404', ""), ("status: 429", "429"), ("statuses 429", ""),
    ('"GET /a" status 404', ""), ("status 12345", ""), ("exit code 12345", ""), ("IPv6 route", "6"), ("ip 6", ""),
    ("status 404, exit 3", "404"),
])  # fmt: skip
def test_a_number_is_a_code_only_in_its_place(message: str, code: str) -> None:
    assert collapsed(message).partition(CODE_MARK)[2] == code


@pytest.mark.parametrize(("message", "shown"), [
    ("loading....... done", "loading.. done"),
    ("loading. done", "loading. done"),
    ("since Thu, Jun 9 06:07:05 2005 up", "since <*> up"),
    ("since Thu up", "since Thu up"),
    ("at 12-Jun-2005 10:11:12 ok", "at <*> ok"),
    ("at 12/Jun/2005:10:11:12 +0000 ok", "at <*> ok"),
    ("the plan for Jun is ok", "the plan for Jun is ok"),
    ("at 2025-09-16 00:42:53,123 ok", "at <*> ok"),
    ("at 2025-09-16T00:42:53 +02:00 ok", "at <*> ok"),
    ("of 2025-09-16 ok", "of <*> ok"),
    ("serial ab-cd-ef-fe seen", "serial <*> seen"),
    ("serial ab-cd-ef seen", "serial ab-cd-ef seen"),
    ("see https://a.example/x?y=z.", "see <*>."),
    ("see a://", "see a://"),
    ("sent to ann.b@shop.de now", "sent to <*> now"),
    ("sent to @ann now", "sent to @ann now"),
    ("read /srv/a.csv.", "read <*>."),
    ("read ./b and ~/c", "read <*> and <*>"),
    ("read and/or write", "read and/or write"),
    ("saw com.acme.SCREEN_ON now", "saw <*>.SCREEN_ON now"),
    ("saw com.acme.Screen now", "saw <*> now"),
    ("saw acme.Screen now", "saw acme.Screen now"),
    ("from com.acme.a.B com.acme.c.D now", "from <*> <*> now"),
    ("com.acme.a.run() failed", "com.acme.a.run() failed"),
    ("sent to db.internal now", "sent to <*> now"),
    ("sent to db.inside now", "sent to db.inside now"),
    ("took 12 ms now", "took <*> now"),
    ("took 12 apples now", "took <*> apples now"),
    ("Invalid user ann came", "Invalid user <*> came"),
    ("the user ann came", "the user ann came"),
    ("eth0 eth1 up", "eth<*> eth<*> up"),
    ("v0-beta up", "<*> up"),
    ("part b7x-c done", "part <*> done"),
    ("part bx-c done", "part bx-c done"),
    ("host (10.0.0.1) up", "host (<*>) up"),
    ("host () up", "host (<*>) up"),
    ("call() up", "call() up"),
    ("ids [] sent", "ids [<*>] sent"),
    ("ids [a] sent", "ids [a] sent"),
    ("many \t blanks", "many blanks"),
])  # fmt: skip
def test_a_mask_takes_what_it_knows_and_leaves_what_is_near(message: str, shown: str) -> None:
    assert shape(message) == shown


def test_two_statements_that_agree_for_2000_characters_are_one() -> None:
    assert shape("word " * 400 + "one") == shape("word " * 400 + "other")
    assert shape("word " * 390 + "one") != shape("word " * 390 + "other")

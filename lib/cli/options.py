"""The words of the command line, and the query that they make."""

import argparse
import getpass
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from lib.cli import audit, doctor
from lib.core.model import Kind, Query
from lib.errors import BadQuery

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
AHEAD = re.compile(r"\+?(\d{1,4})([smhdw])")
RELATIVE = re.compile(r"-(\d{1,6})([smhdw])")
FILES = ("home", "path", "paths")
LONE = re.compile("[\ud800-\udfff]")  # how Python keeps the bytes of a word that is no UTF-8
TIME_HINT = "Write it as 2026-09-16T06:00:00Z, or relative to now: -2h, -7d."


AddCommands = Callable[[Any, Sequence[argparse.ArgumentParser]], None]


class Parser(argparse.ArgumentParser):
    """Reports a wrong word as our error, so that it reads like every other one."""

    def error(self, message: str) -> NoReturn:
        """Raise BadQuery."""
        raise BadQuery(f"{message[0].upper()}{message[1:]}.", hint=f"See `{self.prog} --help`.")


def make_parser(more: Sequence[AddCommands] = ()) -> Parser:
    """Return the parser of every command; `more` add those that have a module of their own."""
    common = Parser(add_help=False)
    common.add_argument(
        "--home", metavar="DIR", help="where Blindspot keeps its store (default: BLINDSPOT_HOME, else ~/.blindspot)"
    )
    common.add_argument("--json", action="store_true", help="answer with one JSON object")
    asked = Parser(add_help=False)
    asked.add_argument(
        "--from", dest="start", metavar="TIME", help="RFC 3339, or relative to now: -2h, -7d (default: the oldest entry)"
    )
    asked.add_argument("--to", dest="end", metavar="TIME", help="exclusive end (default: the newest entry)")
    asked.add_argument("--service", action="append", default=[], metavar="NAME", help="only this service; may be repeated")
    asked.add_argument(
        "--environment", action="append", default=[], metavar="NAME", help="only this environment; may be repeated"
    )

    parser = Parser(prog="python -m lib", description="Were we blind when it failed? The same answers as the pages, for scripts.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    both = [common, asked]
    add = commands.add_parser("import", parents=both, help="read exports of Cloud Logging into the store")
    add.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")
    add = commands.add_parser("clusters", parents=both, help="what the logs say, most telling first")
    add.add_argument(
        "--kind", choices=[k.value for k in Kind], action="append", default=[], help="only this kind; may be repeated"
    )
    add.add_argument("--limit", type=_count, metavar="N", help="at most so many clusters")
    add.add_argument("--text", default="", help="only clusters with this text in template or message")
    add.add_argument("--like", default="", metavar="PATTERN", help="only entries that hold a pattern: plain text, <*>, /regular/")
    add.add_argument("--unlike", default="", metavar="PATTERN", help="only entries that do not hold it")
    add.add_argument("--new", action="store_true", help="only what is new since a service's last deploy")
    commands.add_parser("problems", parents=both, help="what failed, once for each cause")
    add = commands.add_parser("which", parents=both, help="the cluster that a line belongs to")
    add.add_argument("text", metavar="TEXT")
    add = commands.add_parser("entries", parents=both, help="a cluster's entries, newest first")
    add.add_argument("--cluster", required=True, metavar="ID")
    add.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many entries (default: 50)")
    for add_commands in more:
        add_commands(commands, both)
    commands.add_parser("sources", parents=both, help="what was read, skipped and masked, and what looks cut")
    audit.add_command(commands, common)
    doctor.add_command(commands, common)
    commands.add_parser("demo", parents=[common], help="load the recorded incident, ending now, and say where it is")
    return parser


def parse(words: Sequence[str], more: Sequence[AddCommands] = ()) -> argparse.Namespace:
    """Return the command and its options. Errors: BadQuery."""
    asked = make_parser(more).parse_args(_join_times(words))
    require_text(asked)
    return asked


def require_text(asked: argparse.Namespace) -> None:
    """Raise BadQuery for a word that is no UTF-8; the names of files and folders may be anything."""
    for name, value in vars(asked).items():
        words = value if isinstance(value, list) else [value]
        if name not in FILES and any(isinstance(w, str) and not w.isascii() and LONE.search(w) for w in words):
            raise BadQuery(f"What was given as {name} is no UTF-8 text.", hint="Check how your terminal encodes what is typed.")


def make_query(options: argparse.Namespace, now: datetime) -> Query:
    """Return the query that the options ask. Errors: BadQuery for a time that cannot be read or a window that ends too early."""
    start, end = (parse_time(t, now) if t else None for t in (options.start, options.end))
    if start and end and start >= end:
        raise BadQuery(
            f"The window ends ({options.end}) before it begins ({options.start}).", hint="Give a --from that lies before --to."
        )
    query = Query(start, end, tuple(options.service), tuple(options.environment))
    if options.command != "clusters":
        return query
    kinds = tuple(Kind(k) for k in options.kind)
    return replace(query, kinds=kinds, text=options.text, like=options.like, unlike=options.unlike, new=options.new)


def parse_time(text: str, now: datetime) -> datetime:
    """Return a time in aware UTC. Errors: BadQuery."""
    try:
        if relative := RELATIVE.fullmatch(text):
            return now - timedelta(**{UNITS[relative[2]]: int(relative[1])})
        ts = datetime.fromisoformat(text)
        in_utc = ts.astimezone(UTC)
    except ValueError as e:
        raise BadQuery(f"'{text}' is no time.", hint=TIME_HINT) from e
    except OverflowError as e:  # a calendar ends: at the years 1 and 9999
        raise BadQuery(f"'{text}' lies outside of every calendar.", hint=TIME_HINT) from e
    if ts.tzinfo is None:
        raise BadQuery(f"'{text}' does not say in which time zone it is.", hint=TIME_HINT)
    return in_utc


def parse_until(text: str, now: datetime) -> datetime:
    """Return an end in aware UTC: a time, or so long from now on ("8h", "2d"). Errors: BadQuery."""
    if ahead := AHEAD.fullmatch(text):
        return now + timedelta(**{UNITS[ahead[2]]: int(ahead[1])})
    return parse_time(text, now)


def _join_times(words: Sequence[str]) -> list[str]:
    """Return the words with `--from -2h` written as one: a parser takes -2h for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in ("--from", "--to", "--since", "--at") and RELATIVE.fullmatch(word):
            joined[-1] += "=" + word
        else:
            joined.append(word)
    return joined


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of 1 or more")
    return int(text)


def account() -> str:
    """Return the name of the account that runs this command, "" when it has none."""
    try:
        return getpass.getuser()[:80]
    except (OSError, KeyError):
        return ""

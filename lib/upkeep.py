"""Upkeep of what is stored, and a note of it: small files joined, old entries removed; never two at once, by the store's lock."""

from dataclasses import replace
from datetime import datetime

from lib.core.model import SourceState
from lib.core.upkeep import (
    LARGE_FILE,
    LOOSE_FILES,
    QUICK_FILE,
    Chore,
    Duty,
    Upkept,
    find_due,
    renew_expiry,
    say_upkept,
    whole_days,
)
from lib.errors import StoreError
from lib.ports import Ports


def compact(ports: Ports, now: datetime, least: int = 2, most_bytes: int = LARGE_FILE) -> Upkept:
    """Join the small files of days with at least so many, up to a size, and note that it was done. Errors: StoreError."""
    done = ports.entries.compact(least, most_bytes)
    ports.state.save_chore(Chore(Duty.COMPACT, now, message=say_upkept(done), count=done.files_before - done.files_after))
    return done


def expire(ports: Ports, before: datetime, now: datetime) -> Upkept:
    """Remove the entries older than `before`. That they expire is noted first: killed in between, nothing goes untold.

    Errors: StoreError; what went is gone and told, and doing it again removes the rest.
    """
    chore = renew_expiry(ports.state.chores(), before, now)
    ports.state.save_chore(chore)
    done = ports.entries.expire(before)
    ports.state.save_chore(replace(chore, message=say_upkept(done), count=chore.count + done.removed))
    return done


def keep_house(ports: Ports, now: datetime) -> tuple[Duty, ...]:
    """Do the upkeep that is due by the settings, and return what was done.

    Errors: none of the store's. What fails is noted as failing, told on Sources, and tried again when it is due.
    """
    keep, every = ports.settings.store.keep, ports.settings.upkeep.interval
    due = find_due(ports.state.chores(), keep, now, every)
    for duty in due:
        try:
            if duty is Duty.EXPIRE and keep:
                expire(ports, whole_days(now, keep), now)
            else:
                compact(ports, now, LOOSE_FILES, QUICK_FILE)
        except StoreError as e:
            old = ports.state.chores().get(duty, Chore(duty, now))
            ports.state.save_chore(replace(old, at=now, state=SourceState.FAILING, message=e.message, hint=e.hint))
    return due

"""What the database raises, in our own words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from lib.errors import StoreError


@contextmanager
def told() -> Iterator[None]:
    """Turn what the database raises into our error."""
    try:
        yield
    except (sa.exc.OperationalError, sqlite3.OperationalError) as e:
        locked = "locked" in str(e)
        hint = "Another process holds it: try again." if locked else "Check the home folder's free space and rights."
        raise StoreError("The file `state.sqlite` cannot be used now.", hint=hint, permanent=not locked) from e
    except (sa.exc.DatabaseError, sqlite3.DatabaseError) as e:
        hint = (
            "Move it away and import again: the entries are kept elsewhere and are not stored twice. "
            "Names, mutes and what Sentry said were in it alone: keep the file."
        )
        raise StoreError("The file `state.sqlite` is damaged.", hint=hint) from e

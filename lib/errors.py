"""The one family of errors that people see: what was tried, what came back, what it means, and what to do next."""


class BlindspotError(Exception):
    """An error in our own words.

    message:    what was tried and what came back, for a person.
    hint:       what to do next, "" when nothing can be done.
    permanent:  True when trying again cannot help.
    """

    def __init__(self, message: str, *, hint: str = "", permanent: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.permanent = permanent


class NotAnExport(BlindspotError):
    """A file holds no Cloud Logging export."""


class BadQuery(BlindspotError):
    """A question, from a link or the command line, cannot be understood."""


class SettingsError(BlindspotError):
    """A setting has a value that cannot be used."""


class NotSet(SettingsError):
    """A setting that is needed here has no value."""


class StoreError(BlindspotError):
    """The store cannot be read or written."""


class Stopped(BlindspotError):
    """Whoever waited shall stop."""


class SourceUnavailable(BlindspotError):
    """A source did not answer, or not with anything that can be used: what it would have told is unknown.

    status:  the HTTP status, None when there was none.
    wait_s:  how long the source asked to be left alone, None when it did not say.
    """

    def __init__(
        self, message: str, *, hint: str = "", permanent: bool = True, status: int | None = None, wait_s: float | None = None
    ) -> None:
        super().__init__(message, hint=hint, permanent=permanent)
        self.status = status
        self.wait_s = wait_s


class SourceRefused(SourceUnavailable):
    """A source does not let us in: the token is wrong, or may not read this."""


class NotOffered(SourceUnavailable):
    """A source does not have this: an older, a smaller or a compatible server, or a name that does not exist."""


class PageExpired(SourceUnavailable):
    """A page's token is too old: what it stood for must be asked for by its time."""

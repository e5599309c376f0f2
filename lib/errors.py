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


class StoreError(BlindspotError):
    """The store cannot be read or written."""

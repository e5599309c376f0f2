"""Postmortems and worklogs: one document, decided once, that is shown, sent, frozen and compared."""

"""A live log -> the store. Only what is stored is said to be read: a kill at any moment claims too much never."""

"""Many kinds of secrets, and of texts that look like some, by family; each is put together at run time."""

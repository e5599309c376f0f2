"""What gaps rest on and stand beside: bursts, silences, what was not read, and association."""

"""Issues of a tracker: what a draft holds, how it is kept harmless, and which issue is the same already."""

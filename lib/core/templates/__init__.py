"""From a message to the template of its statement: what collapses, masks and comparison leave."""

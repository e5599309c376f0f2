"""What success criteria rest on: a text that stopped, figures that got no worse, and the criteria that belong to a problem."""

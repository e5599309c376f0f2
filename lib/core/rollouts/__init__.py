"""What deploys are found from, the windows that they open, and what their comparison rests on."""

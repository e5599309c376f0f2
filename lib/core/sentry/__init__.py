"""What is known of error tracking: texts that tell, Sentry's own facts, and the states that follow."""

"""What a checkout declares: texts of dependency files become declarations. Nothing here opens a file."""

"""Speed, one command each; see README. Nothing here is a test."""

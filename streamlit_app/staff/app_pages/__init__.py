"""Pages of the staff app: each arranges sections and computes nothing."""

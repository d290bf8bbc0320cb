"""One folder per system; in each the same file names."""

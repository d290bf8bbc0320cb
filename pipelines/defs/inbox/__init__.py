"""Files that are dropped become versions in raw."""

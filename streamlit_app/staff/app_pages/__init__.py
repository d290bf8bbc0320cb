"""Pages of the staff app: each reads its address, asks the core, and arranges what it answers."""

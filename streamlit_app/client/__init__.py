"""The client app: one account, live, for whoever holds a link to it."""

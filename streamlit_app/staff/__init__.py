"""The staff app: any client's account, and the links that clients receive."""

"""What clients ask for on their pages, answered a moment later."""

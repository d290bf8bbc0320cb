"""What people and gateways do, committed at once: links, publications, locks."""

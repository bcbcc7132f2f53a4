"""What senders say that nobody here understands."""

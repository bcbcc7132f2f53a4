"""How much each rule counts, what it would have done, and when it steps back by itself."""

"""Who is there: agents and tools."""

"""Deciding for programs without the SDK: questions, sessions that outlive a restart, and their records."""

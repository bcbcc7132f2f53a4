"""Large payloads, kept once and whole, found by what they are."""

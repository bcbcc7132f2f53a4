"""May it: pure functions from an action, a session and a bundle to a decision."""

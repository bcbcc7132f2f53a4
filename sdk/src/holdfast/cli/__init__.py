"""The `holdfast` command, one file a noun."""

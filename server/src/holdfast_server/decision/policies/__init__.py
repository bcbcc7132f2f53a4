"""The policies in force, read from a folder and watched."""

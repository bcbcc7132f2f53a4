"""What each dialect calls the same thing: one table a file, to be read by people and compiled by `lookup`."""

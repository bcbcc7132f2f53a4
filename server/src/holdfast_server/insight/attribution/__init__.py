"""Where a failed run turned: evidence that anybody can look up in the run, ranked, beside plain guesses."""

"""OpenAI Chat Completions, to and from the one form."""

"""OpenAI Responses, to and from the one form."""

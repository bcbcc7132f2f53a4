"""Virtual keys: who may call the model gateway, as whom, and until when."""

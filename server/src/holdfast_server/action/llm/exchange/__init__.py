"""One model call: who asks, whether it may be, where it goes, what came of it and what it cost."""

"""Gemini's generateContent, from the one form and back: it is asked, and nobody who speaks it is answered."""

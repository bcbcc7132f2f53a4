"""What everything cost and how it went, added up as it is taken in: every sum comes from here."""

"""A client speaks one API, the model another: what is asked and answered passes through one form.

`chat/`, `messages/`, `responses/` and `gemini/` each read and write their own API and know no other; `form`
is what they have in common, and `losses` what they do not: there stands, in one table, what is refused by
name, what is left out and why, and what turns into something near.
"""

from holdfast_server.action.llm.translating.losses import LEFT_OUT, REFUSED, TURNED, Untranslatable
from holdfast_server.action.llm.translating.translation import Stream, Translation, can_translate

__all__ = ["LEFT_OUT", "REFUSED", "TURNED", "Stream", "Translation", "Untranslatable", "can_translate"]

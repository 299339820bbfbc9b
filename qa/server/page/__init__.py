"""The page in the browser, made with Gradio; and what every part of it works with, and how its events are registered.

What shows an answer or an article (``answer``, ``article``) needs no Gradio, so it is not imported here. Does not know
any component, who is let in, or how anything is answered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.server.conversations import Conversations, Talk
from qa.server.guard import signed_in
from qa.server.index_job import IndexJob
from qa.server.service import Service
from qa.server.uploads import Uploads

if TYPE_CHECKING:
    import gradio as gr

QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
"""How events are registered: no veil over what they change, nothing that programs could call, no queue of their own."""

AS_SENT: dict[str, Any] = {**QUIETLY, "preprocess": False}
"""The same for events that get what is picked in a list, which may have changed, or be of the server before this one.

Gradio would raise an error for what its own list does not have. So these get what the browser sent, of whatever type.
"""

WANTED = "(...values) => [window.articleQA.action(), ...values.slice(1)]"
"""JavaScript: what the button that was clicked wants done, in the place of the first input."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the page works with."""

    service: Service
    conversations: Conversations
    uploads: Uploads
    job: IndexJob

    def talk(self, name: str, request: gr.Request) -> tuple[Talk, str, bool]:
        """A page's conversation, its name, and whether the one that the page had (if it had one) is forgotten.

        Where there is none of that name, this is a new one.
        """
        owner, had = owner_of(request), name
        talk = self.conversations.find(name, owner)
        while talk is None:
            name = self.conversations.begin(owner)
            talk = self.conversations.find(name, owner)
        return talk, name, bool(had) and name != had


def wanted_of(text: object) -> dict[str, Any]:
    """What a button on the page wants done; nothing, if what was sent is none of the page's own."""
    try:
        wanted = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return wanted if isinstance(wanted, dict) else {}


def text_of(sent: object) -> str:
    """What was typed or picked; nothing, if something else was sent."""
    return sent if isinstance(sent, str) else ""


def owner_of(request: gr.Request) -> str:
    """Who has signed in; nobody, where nobody has to."""
    return signed_in(getattr(request.request, "scope", None) or {})

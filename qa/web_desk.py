"""What every part of the page works with, and how its events are registered.

Knows how Gradio says who sent an event. Does not know any component.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from qa.conversations import Conversations, Talk
from qa.index_job import IndexJob
from qa.service import Service
from qa.uploads import Uploads
from qa.web_guard import signed_in

QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
"""How events are registered: no veil over what they change, nothing that programs could call, no queue of their own."""

WANTED = "(...values) => [window.articleQA.action(), ...values.slice(1)]"
"""JavaScript: what the button that was clicked wants done, in the place of the first input."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the page works with."""

    service: Service
    conversations: Conversations
    uploads: Uploads
    job: IndexJob

    def talk(self, name: str, request: gr.Request) -> tuple[Talk, str]:
        """A page's conversation and its name; a new one, where the server no longer knows it."""
        owner = owner_of(request)
        talk = self.conversations.find(name, owner)
        while talk is None:
            name = self.conversations.begin(owner)
            talk = self.conversations.find(name, owner)
        return talk, name


def wanted_of(text: str) -> dict[str, Any]:
    """What a button on the page wants done; nothing, if what was sent is none of the page's own."""
    try:
        wanted = json.loads(text)
    except ValueError:
        return {}
    return wanted if isinstance(wanted, dict) else {}


def owner_of(request: gr.Request) -> str:
    """Who has signed in; nobody, where nobody has to."""
    return signed_in(getattr(request.request, "scope", None) or {})

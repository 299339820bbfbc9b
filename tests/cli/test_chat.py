"""The conversation in the terminal: commands, pipes, interruptions, and nothing raw on the screen."""

import contextlib
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from folders import ROOT, TESTS
from qa import Settings
from qa.chat import Conversation
from qa.cli.chat import piped_lines, prompt, run
from qa.errors import InputError, LLMError
from qa.records import Answer, AnswerSentence, Citation

TEXT = "First line.\nIs Kazakhstan a member? \x1b[31mYes\x1b[0m, it is.\nLast line."
QUOTE = "\x1b[31mYes\x1b[0m, it is."
START = TEXT.index(QUOTE)
FIRST = "Is Kazakhstan a member of the CSTO?"


class FakeArticle:
    source = "news/one.txt"


class FakeAssistant:
    """Answers everything with one hostile quote, unless it is told to fail."""

    def __init__(self):
        self.settings = Settings()
        self.asked = []
        self.error = None
        self.text = TEXT
        self.interrupted = False

    def chat(self, engine=None):
        return Conversation(self, self.settings, engine=engine)

    def ask(self, question, engine=None, **filters):
        return list(self.stream(question, engine, **filters))[-1]

    def stream(self, question, engine=None, **filters):
        self.asked.append((question, engine, filters))
        if self.error is not None:
            raise self.error
        yield "draft"
        citation = Citation(1, "news/one.txt", "A \x1b[2Jtitle", None, "en", START, START + len(QUOTE), QUOTE, None, ())
        yield Answer(
            question=question,
            language="en",
            status="answered",
            text=f"{QUOTE} [1]",
            sentences=(AnswerSentence(QUOTE, (1,), 1.0, supported=True),),
            citations=(citation,),
            independent_sources=1,
            passages=(),
            confidence=1.0,
            engine="quote",
            fingerprint="f",
            timings_ms={"total": 1.0},
        )

    def language_model(self, *_):
        raise LLMError("no server answers", "start one")

    def article(self, _):
        return FakeArticle(), self.text


def talk(assistant, lines, **options):
    """What a conversation through a pipe prints, its errors, and its exit code."""
    shown, errors = (Console(file=io.StringIO(), width=100) for _ in range(2))
    code = run(assistant, shown, lines=io.StringIO("\n".join(lines) + "\n"), errors=errors, **options)
    return shown.file.getvalue(), errors.file.getvalue(), code


def test_questions_through_a_pipe_are_answered_without_a_prompt():
    assistant = FakeAssistant()
    shown, errors, code = talk(assistant, [FIRST, "", "And Kyrgyzstan?"], sources=("a*",), after="2020-01-01", k=3)
    filters = {"sources": ("a*",), "after": "2020-01-01", "before": None, "k": 3}
    assert assistant.asked == [
        (FIRST, None, filters),
        ("And Kyrgyzstan?", None, {**filters, "context": "Kazakhstan member CSTO"}),
    ]
    assert shown.count("asked: ") == 1
    assert "asked: And Kyrgyzstan? (Kazakhstan member CSTO)" in shown
    assert "draft" not in shown
    assert "ask>" not in shown
    assert (errors, code) == ("", 0)


def test_nothing_after_quit_is_asked():
    assistant = FakeAssistant()
    assert talk(assistant, ["/quit", FIRST])[2] == 0
    assert assistant.asked == []


def test_an_opened_citation_is_shown_in_its_place():
    shown, errors, _ = talk(FakeAssistant(), [FIRST, "/open 1", "/open [1]"])
    opened = shown.rpartition("[1] A")[2]
    assert f"news/one.txt:2  characters {START}–{START + len(QUOTE)}" in opened
    assert "First line." in opened
    assert "Last line." in opened
    assert errors == ""


def test_the_quote_is_marked_where_an_opened_citation_is_shown():
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard", legacy_windows=False)
    run(FakeAssistant(), console, lines=io.StringIO(f"{FIRST}\n/open 1\n"))
    marked = re.findall("\x1b\\[7m(.*?)\x1b\\[0m", console.file.getvalue())
    assert marked == ["\\u001b[31mYes\\u001b[0m, it is."]


@pytest.mark.parametrize(
    ("lines", "what", "how"),
    [
        (["/open 1"], "no citation to open", "ask something first"),
        ([FIRST, "/open 7"], "no citation 7", "it has: 1"),
        ([FIRST, "/open"], "no citation", "it has: 1"),
        (["/fly away"], "no command /fly", "/sources, /open N, /engine NAME"),
        (["/engine magic"], "no engine 'magic'", "auto, quote, ollama"),
        (["/engine ollama"], "no server answers", "start one"),
        (["/\x1b[2J"], "no command /\\u001b[2J", "/help"),
    ],
)
def test_a_mistake_says_what_and_how_and_the_conversation_goes_on(lines, what, how):
    assistant = FakeAssistant()
    shown, errors, code = talk(assistant, [*lines, FIRST])
    assert what in errors.splitlines()[0]
    assert how in errors.splitlines()[1]
    assert assistant.asked[-1][0] == FIRST
    assert shown.count("characters") == len(assistant.asked)
    assert code == 1


def test_an_error_while_answering_is_shown_and_the_conversation_goes_on():
    assistant = FakeAssistant()
    assistant.error = InputError("it \x1b[2J failed", "do this")
    shown, errors, code = talk(assistant, [FIRST, "/help"])
    assert errors == "qa: it \\u001b[2J failed\n    do this\n"
    assert "/sources" in shown
    assert code == 1


def test_a_citation_whose_article_has_changed_is_not_shown():
    assistant = FakeAssistant()
    shown, errors = Console(file=io.StringIO()), Console(file=io.StringIO())

    def lines():
        yield FIRST + "\n"
        assistant.text = "Something else."
        yield "/open 1\n"

    assert run(assistant, shown, lines=lines(), errors=errors) == 1
    assert "indexed anew" in errors.file.getvalue()


def test_the_engine_is_chosen_for_the_questions_that_follow():
    assistant = FakeAssistant()
    shown, _, _ = talk(assistant, ["/engine", "/engine quote", FIRST])
    assert shown.startswith("engine: auto\nengine: quote\n")
    assert assistant.asked[0][1] == "quote"


def test_what_was_said_can_be_forgotten():
    assistant = FakeAssistant()
    talk(assistant, [FIRST, "/clear", "And Kyrgyzstan?"])
    assert assistant.asked[-1][0] == "And Kyrgyzstan?"


def test_nothing_hostile_reaches_the_terminal_raw():
    assistant = FakeAssistant()
    shown, errors, _ = talk(assistant, [FIRST, "And \x1b[31mKyrgyzstan\u202e?", "/open 1", "/open \x1b[2J", "/\u202e"])
    assert "asked: " in shown
    assert not {"\x1b", "\u202e"} & set(shown + errors)


def test_help_names_every_command():
    shown, errors, code = talk(FakeAssistant(), ["/help"])
    assert re.findall(r"^  (/\w+)", shown, re.MULTILINE) == [
        "/sources", "/open", "/engine", "/clear", "/help", "/quit"
    ]  # fmt: skip
    assert (errors, code) == ("", 0)


def test_ctrl_c_in_a_pipe_ends_the_conversation():
    assistant = FakeAssistant()
    assistant.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        talk(assistant, [FIRST])


def test_a_pipe_may_hold_any_bytes():
    stream = io.TextIOWrapper(io.BytesIO(b"caf\xc3\xa9?\n\xff\xfe?\n"), encoding="ascii")
    assert list(piped_lines(stream)) == ["café?\n", "\ufffd\ufffd?\n"]


def test_the_colours_of_the_prompt_take_no_room():
    assert prompt("ask> ", coloured=False) == "ask> "
    assert re.sub("\x01[^\x02]*\x02", "", prompt("ask> ", coloured=True)) == "ask> "


def test_a_conversation_over_real_articles(made_up_bot):
    shown, errors, code = talk(
        made_up_bot,
        ["/sources", "/engine quote", "Who built the crane?", "/sources", "And how much does it weigh?", "/open 1"],
    )
    corpus, cited = shown.split("engine: quote")
    assert "4 articles, 3 independent" in corpus
    assert "2 articles, 1 independent" in cited  # the cited one and its translation
    assert "asked: And how much does it weigh? (built crane)" in cited
    assert "It weighs 240 tonnes." in cited
    assert "news/harbour.txt:6" in cited.rpartition("/open")[2] or "news/harbour.txt:6" in cited
    assert (errors, code) == ("", 0)


# -- a real terminal

SLOW_PROGRAM = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
sys.path[:0] = [{here!r}, {tests!r}, {root!r}]
from rich.console import Console
from qa.cli.chat import run
from test_chat import FakeAssistant

class Slow(FakeAssistant):
    def stream(self, question, engine=None, **filters):
        if "slow" not in question:
            yield from super().stream(question, engine, **filters)
            return
        try:
            yield "thinking aloud"
            time.sleep(60)
        finally:
            Path({folder!r}, "stopped").touch()

code = run(Slow(), Console(force_terminal=True, color_system=None, width=100), Path({folder!r}, "state", "history"))
Path({folder!r}, "code").write_text(str(code))
"""


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(self, program):
        self.seen = ""
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child
            os.environ["TERM"] = "xterm"
            os.execv(sys.executable, [sys.executable, "-c", program])

    def wait_for(self, text, seconds=60):
        """Read until ``text`` has been printed since the last call."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.descriptor], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} never came, but {self.seen!r}"
            try:
                self.seen += os.read(self.descriptor, 4096).decode("utf-8", "replace")
            except OSError:  # the other end is closed
                pytest.fail(f"ended before {text!r}: {self.seen!r}")
        before, _, self.seen = self.seen.partition(text)
        return before

    def send(self, text):
        os.write(self.descriptor, text.encode())

    def close(self):
        """Let the program end, by force if need be; its exit code."""
        end = time.monotonic() + 30
        done = (0, 0)
        while done[0] == 0 and time.monotonic() < end:
            if select.select([self.descriptor], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    os.read(self.descriptor, 4096)
            done = os.waitpid(self.pid, os.WNOHANG)
        if done[0] == 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            pytest.fail("the program did not end")
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(done[1])


def test_ctrl_c_stops_an_answer_or_clears_the_line_and_ctrl_d_ends(tmp_path):
    program = SLOW_PROGRAM.format(
        here=str(Path(__file__).parent), tests=str(TESTS), root=str(ROOT), folder=str(tmp_path)
    )
    terminal = Terminal(program)
    terminal.wait_for("ask> ")
    terminal.send("half a quest")
    terminal.wait_for("half a quest")
    terminal.send("\x03")  # at the prompt
    terminal.wait_for("ask> ")
    terminal.send("A slow question with Wörter, 東京?\n")
    terminal.wait_for("thinking aloud")
    terminal.send("\x03")  # while an answer comes
    terminal.wait_for("ask> ")
    assert (tmp_path / "stopped").exists()
    terminal.send(f"{FIRST}\n")
    terminal.wait_for("1 independent source")
    terminal.wait_for("ask> ")
    terminal.send("\x04")
    assert terminal.close() == 0
    assert (tmp_path / "code").read_text() == "0"
    history = tmp_path / "state" / "history"
    assert history.read_text().splitlines() == ["A slow question with Wörter, 東京?", FIRST]
    assert history.stat().st_mode & 0o077 == 0


def test_the_command_reads_questions_from_a_pipe(made_up, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "qa", "chat", "--engine", "quote", "--index", str(made_up / "index")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "XDG_STATE_HOME": str(tmp_path)},
        input="Who built the crane?\nWhen was she born?\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "asked: When was she born? (built crane)" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []  # a pipe leaves no history

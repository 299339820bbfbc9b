"""What people see: harmless, and as it was."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import folders
from qa.cli import main
from qa.cli.output import SourceText, printable, show_hits
from qa.records import Hit

GOLDEN = folders.GOLDEN / "terminal.txt"


@given(st.text())
def test_no_control_character_passes(text):
    shown = printable(text)
    assert not any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 or c in "\u202e\u2066\ufeff" for c in shown)


def test_lines_and_context_of_a_quote():
    text = SourceText("s", "one\ntwo three four\nfive")
    assert text.line_of(4) == 2
    assert text.around(8, 13) == ("one two", "four five")


def test_a_file_name_with_a_line_break_stays_on_its_line():
    console = Console(width=80, file=io.StringIO())
    show_hits(console, [Hit("a\nb.txt", 0, 4, "text", 0.5)], {"a\nb.txt": SourceText("a\nb.txt", "text")})
    assert "a\\nb.txt:1" in console.file.getvalue()


def test_terminal_output_is_as_it_was(made_up, monkeypatch, capsys, update_golden):
    """Golden: rewrite with ``pytest tests/cli/test_output.py --update-golden``."""
    monkeypatch.chdir(made_up)
    monkeypatch.setenv("COLUMNS", "100")
    where = ["--index", str(made_up / "index")]
    for arguments in (["ask", "Who built the crane?", "--verbose"], ["ask", "Wer ist Papst?"], ["sources"]):
        assert main([*arguments, *where]) == 0
    shown = capsys.readouterr().out
    kept = "\n".join(line.rsplit(" · ", 1)[0] if line.endswith(" ms") else line for line in shown.splitlines()) + "\n"
    if update_golden:
        GOLDEN.write_text(kept, encoding="utf-8")
    assert kept == GOLDEN.read_text(encoding="utf-8")

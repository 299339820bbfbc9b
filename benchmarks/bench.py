"""Measures article-qa against LlamaIndex's starter program, and how article-qa grows. See README.md beside this file.

make bench                                              # the comparison
.venv/bin/python benchmarks/bench.py --scale            # growth, to 10,000 passages
.venv/bin/python benchmarks/bench.py --scale --synthetic-vectors   # growth, to 100,000 passages
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import comparison
import corpus
import machine
import scale
from programs import Workplace

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"


def main() -> None:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="article-qa-bench-") as folder:
        place = Workplace(Path(folder), ROOT)
        paragraphs = corpus.read_paragraphs(arguments.data, ROOT / "seeds")
        questions = corpus.read_questions(arguments.data, paragraphs, arguments.questions)
        place.questions.write_text(json.dumps(questions, ensure_ascii=False), encoding="utf-8")
        if arguments.scale:
            name, title = "scale", "How article-qa grows"
            result = scale.measure(place, paragraphs, synthetic=arguments.synthetic_vectors)
            table = scale.to_markdown(result)
        else:
            name, title = "comparison", "article-qa and the LlamaIndex starter"
            result = comparison.measure(place, paragraphs, arguments.rounds, round(arguments.megabytes * 1e6))
            table = comparison.to_markdown(result)
    described = machine.describe(ROOT)
    text = "the seeds" if "mixed" in paragraphs else f"XQuAD ({', '.join(sorted(paragraphs))})"
    report = f"# {title}\n\n{table}\n\nText: sentences of {text}.\n\n{machine.to_markdown(described)}\n"
    print(report)
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / f"{name}{'-synthetic' if arguments.synthetic_vectors else ''}-{described['date']}"
    stem.with_suffix(".md").write_text(report, encoding="utf-8")
    everything = {"machine": described, "arguments": sys.argv[1:], "result": result}
    stem.with_suffix(".json").write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written to {os.path.relpath(stem)}.md and .json", file=sys.stderr)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (default: 3)")
    parser.add_argument("--megabytes", type=float, default=1.2, help="size of the larger corpus (default: 1.2)")
    parser.add_argument("--questions", type=int, default=100, help="how many warm questions (default: 100)")
    parser.add_argument(
        "--data", type=Path, default=ROOT.parent / "shared" / "data", help="the folder of the XQuAD files"
    )
    parser.add_argument("--scale", action="store_true", help="measure growth instead of comparing")
    parser.add_argument(
        "--synthetic-vectors", action="store_true", help="with --scale: random vectors, and ten times the passages"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()

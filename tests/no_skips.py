"""A pytest plugin under which a test that would skip fails instead, with its reason.

A machine that lacks a part must not pass for one on which everything was tested. ``make test`` loads the plugin when
``QA_TEST_REQUIRE_ALL`` is set, as it is in CI.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report():
    return _without_skip((yield))


def _without_skip(report):
    # An expected failure is reported as skipped as well, but it has run.
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"No test may skip in this run (QA_TEST_REQUIRE_ALL is set). {reason}"
    return report

"""Questions that an OpenAPI document allows, and those that it does not, made by schemathesis, and what answers owe it.

A few hundred in every run of the tests; ``FUZZ_CASES`` asks for more: so many,
and ``FUZZ_SEED`` says which.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

CASES = int(os.environ.get("FUZZ_CASES", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
FEW = 2  # questions of an operation, of each kind, in a run of all tests
BUSY = 503  # what an engine that is away, or a search that was given up, is told as


def operations(schema: Any) -> list[Any]:
    """Return the operations of a schema of schemathesis."""
    return [each.ok() for each in schema.get_all_operations()]


def each_case(operation: Any, many: int, ask: Callable[[Any, Any], None]) -> None:
    """Make so many questions of an operation that its document allows, and as many that it does not, and ask each.

    ``ask`` takes a case of schemathesis, and what else may be drawn for it.
    """
    from schemathesis import GenerationMode

    checks = list(HealthCheck)
    few = settings(max_examples=many, phases=[Phase.generate], database=None, deadline=None)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @seed(SEED)
        @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
        @settings(few, suppress_health_check=checks)
        def run(case: Any, data: Any) -> None:
            ask(case, data)

        try:
            run()
        except Unsatisfiable:
            continue  # nothing is against a document that asks for any text


def faults_of(case: Any, response: Any) -> Iterator[str]:
    """Yield what an answer does that its document does not say, and any failure of ours."""
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi import checks

    asked = f"{case.method} {case.path} {case.path_parameters} {case.query} {str(case.body)[:300]}"
    if response.status_code >= 500 and response.status_code != BUSY:
        yield f"{response.status_code} to {asked}: {text_of(response)[:300]}"
    owed = [
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]
    try:
        case.validate_response(response, checks=owed)
    except FailureGroup as group:
        for failure in group.exceptions:
            yield f"{failure.title}: {failure.message[:300]} {response.status_code} to {asked}"


def text_of(response: Any) -> str:
    """Return an answer's body as text."""
    return bytes(response.content or b"").decode(errors="replace")


@dataclass
class Found:
    """What was found: each kind of fault once an operation, with one question that shows it."""

    asked: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    def take(self, label: str, status: int, faults: Iterator[str]) -> None:
        """Count an answer."""
        self.asked += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        for fault in faults:
            self.faults.setdefault((label, fault[:40]), fault)

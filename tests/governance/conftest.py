"""The DAO's contracts on a chain of a test's own."""

from tests.contracts.conftest import alone  # noqa: F401  a fixture

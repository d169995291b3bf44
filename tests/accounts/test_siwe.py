"""A sign-in message is taken only as it was made for this site, now, once, and by who signed it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from accounts import nonces, siwe
from accounts.errors import REFUSALS, SignInError
from accounts.legal import documents

from .signing import ORIGIN, Person, moment

TERMS, PRIVACY = documents.resources(ORIGIN)
CORPUS = sorted((Path(__file__).parent / "malformed").iterdir())


def refusal(person: Person, message: str, signature: str | None = None) -> str:
    """Return the reason for which the message is refused."""
    with pytest.raises(SignInError) as caught:
        siwe.verify(message, signature or person.sign(message), origin=ORIGIN)
    return str(caught.value.data["reason"])


def test_a_good_message_proves_the_address(person: Person) -> None:
    message = person.message()
    proof = siwe.verify(message, person.sign(message), origin=ORIGIN)
    assert (proof.address, proof.chain.pk) == (person.address, 31337)


def test_what_we_compose_is_what_we_take(person: Person) -> None:
    message = siwe.compose(address=person.address, origin=ORIGIN, chain_id=31337, nonce=nonces.issue())
    assert siwe.verify(message, person.sign(message), origin=ORIGIN).address == person.address


WRONG = {
    "other domain": ("domain", {"domain": "evil.example"}),
    "other port": ("domain", {"domain": "testserver:8000"}),
    "other scheme": ("domain", {"domain": "https://testserver"}),
    "other URI": ("uri", {"uri": "http://evil.example"}),
    "URI of another scheme": ("uri", {"uri": "https://testserver"}),
    "statement changed": ("statement", {"statement": "Give me all your money."}),
    "statement missing": ("malformed", {"statement": None}),
    "without what is accepted": ("documents", {"resources": None}),
    "something else accepted": ("documents", {"resources": "ipfs://bafkqaaa"}),
    "one document alone": ("documents", {"resources": TERMS}),
    "in another order": ("documents", {"resources": f"{PRIVACY}\n- {TERMS}"}),
    "one more accepted": ("documents", {"resources": f"{TERMS}\n- {PRIVACY}\n- ipfs://bafkqaaa"}),
    "another text accepted": (
        "documents",
        {"resources": f"{TERMS[:-64]}{'0' * 64}\n- {PRIVACY}"},
    ),
    "of another site": ("documents", {"resources": f"{TERMS}\n- {PRIVACY}".replace("testserver", "evil.example")}),
    "not valid before": ("extras", {"not_before": moment(minutes=1)}),
    "with a request id": ("extras", {"request_id": "1"}),
    "stale": ("stale", {"issued_at": moment(minutes=5, seconds=2)}),
    "issued in the future": ("future", {"issued_at": moment(hours=-1)}),
    "no expiry": ("no-expiry", {"expires_at": None}),
    "expired": ("expired", {"expires_at": moment(seconds=0)}),
    "other chain": ("chain", {"chain_id": "424242"}),
    "chain beyond any id": ("chain", {"chain_id": "9" * 40}),
    "chain zero": ("malformed", {"chain_id": "0"}),
    "unknown nonce": ("nonce", {"nonce": "0" * 32}),
    "other version": ("malformed", {"version": "2"}),
    "no nonce": ("malformed", {"nonce": None}),
}


@pytest.mark.parametrize(("reason", "changes"), WRONG.values(), ids=WRONG)
def test_a_wrong_message_is_refused(person: Person, reason: str, changes: dict[str, str | None]) -> None:
    assert refusal(person, person.message(**changes)) == reason


def test_a_message_is_good_once(person: Person) -> None:
    message = person.message()
    siwe.verify(message, person.sign(message), origin=ORIGIN)
    assert refusal(person, message) == "nonce"


@pytest.mark.parametrize("change", [str.lower, lambda address: "0x" + address[2:].upper(), str.swapcase])
def test_a_case_changed_address_is_refused(person: Person, change: object) -> None:
    assert callable(change)
    assert refusal(person, person.message(address=change(person.address))) == "malformed"


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_a_malformed_message_is_refused(person: Person, file: Path) -> None:
    text = file.read_bytes().decode().format(address=person.address, statement=siwe.STATEMENT, now=moment(seconds=1))
    assert refusal(person, text.replace("EXPIRY", moment(minutes=-4))) == "malformed"


def test_an_endless_message_is_refused(person: Person) -> None:
    assert refusal(person, person.message(statement="a" * siwe.MAX_CHARACTERS)) == "malformed"


ODD = [
    "9" * 5000,
    "\0",
    "\r",
    "\u2028",
    "😀",
    "\U000e0061",
    "http://[::1",
    "http://[v1.a]",
    "http://testserver@evil.example",
]
ODD += [
    "9999-12-31T23:59:59.999999999-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-02-30T00:00:00Z",
    "2026-11-28T24:00:00Z",
]
ODD += ["２０２６-11-28T00:00:00Z", "testserver\n\nResources:\n- ", "[", "%", "://", ":99999999", "-1", "٣١٣٣٧"]


@given(st.data())
@how(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_message_with_anything_in_its_midst_is_refused_in_order(person: Person, data: st.DataObject) -> None:
    text = person.message(nonce="0" * 32)
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from(ODD) | st.text(min_size=1, max_size=40))
    changed = text[:at] + put + text[at + data.draw(st.integers(0, 40)) :]
    with pytest.raises(SignInError):
        siwe.verify(changed, "0x", origin=ORIGIN)


@pytest.mark.parametrize(
    "field", ["domain", "address", "uri", "version", "chain_id", "nonce", "issued_at", "expires_at"]
)
@pytest.mark.parametrize("value", ODD, ids=ascii)
def test_a_field_with_anything_in_it_is_refused_in_order(person: Person, field: str, value: str) -> None:
    message = person.message(**{"nonce": "0" * 32, field: value})
    with pytest.raises(SignInError):
        siwe.verify(message, "0x", origin=ORIGIN)


def test_every_reason_is_a_sentence() -> None:
    assert all(str(text).endswith(".") for text in REFUSALS.values())

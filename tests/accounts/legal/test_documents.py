"""The texts that are accepted: none of them ever changes."""

from accounts.legal.documents import current, editions, label, resources
from accounts.legal.models import MOST_LABEL, Document
from accounts.siwe import MAX_CHARACTERS, compose

# A line is added here for a new version, and never changed: people have signed these.
PUBLISHED = {
    "terms": [
        "f19c4940e56b0b25965b07282931d0bb4286c58135728c27db73255eabe58a85",  # pragma: allowlist secret
    ],
    "privacy": [
        "d391265563f9722b18c2d69e9d14899bb3fcff63deab370df29ab1be5aa9537b",  # pragma: allowlist secret
        "cd6d4f03b4a20ad51d78693d6708f90ac8c22c6682d7368eac2e6d28c017e95e",  # pragma: allowlist secret
    ],
}


def test_no_published_text_has_changed() -> None:
    assert {name: [each.digest for each in editions(Document(name))] for name in Document.values} == PUBLISHED


def test_versions_are_counted_without_gaps() -> None:
    for document in Document:
        numbers = [each.version for each in editions(document)]
        assert numbers == list(range(1, len(numbers) + 1))


def test_what_is_accepted_is_named_with_its_digest() -> None:
    terms, privacy = resources("https://example.org")
    assert terms == f"https://example.org/terms/{current()[0].version}/{current()[0].digest}"
    assert privacy.startswith("https://example.org/privacy/")


def test_the_label_fits_its_column() -> None:
    assert len(label()) < MOST_LABEL - 12


def test_a_message_of_a_site_with_a_long_name_is_still_read() -> None:
    origin = f"https://{'long.' * 20}example.org"
    message = compose(address=f"0x{'a' * 40}", origin=origin, chain_id=2**53, nonce="n" * 32)
    assert len(message) < MAX_CHARACTERS


def test_texts_are_plain_lines() -> None:
    for edition in (*editions(Document.TERMS), *editions(Document.PRIVACY)):
        assert edition.text.startswith("# ")
        assert edition.text.endswith("\n")
        assert "\r" not in edition.text

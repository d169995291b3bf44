"""The pages of drafts and polls: who sees what, what a hostile text does, and how many queries it takes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import Chain
from governance.drafts import actions as acting
from governance.drafts import poll_actions as polling
from governance.drafts.beginnings import BEGINNINGS
from governance.drafts.content import CHOICES, ballot_of, content_hash, content_of, description_of, support_of
from governance.drafts.errors import BallotOvertakenError, NoPowerError, PollClosedError, PollOpenError
from governance.drafts.finding import SIGNERS, result_of
from governance.drafts.models import Choice, Cosignature, Draft, Poll, PollBallot, Visibility
from tests.factories import governance
from tests.factories.governance import WHOLE, power, proposal

from .conftest import Person, person

HOSTILE = '<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) "><svg onload=alert(1)>'
FEE = {"kind": "set-feeBps", "fields": {"value": "2"}}
JSON: dict[str, Any] = {"HTTP_ACCEPT": "application/json"}
FORM: dict[str, Any] = {"content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def draft(chain: Chain, author: Person) -> Draft:
    made = acting.begin_draft(user=author.user, chain=chain, title="Lower the fee", text="Why.", actions=[FEE])
    return acting.share_draft(user=author.user, key=made.key, visibility=Visibility.PUBLIC)


def page(who: Client, address: str) -> str:
    answer = who.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def save(who: Person, draft: Draft, *actions: tuple[str, dict[str, str]], **fields: Any) -> Any:
    """Post the editor's form."""
    said: list[tuple[str, Any]] = [("version", 1), ("tab", "one"), ("title", "Lower the fee"), ("text", "Why.")]
    for place, (kind, values) in enumerate(actions):
        said += [("action", place), (f"a{place}-kind", kind)]
        said += [(f"a{place}-{name}", value) for name, value in values.items()]
    headers: dict[str, Any] = {"HTTP_HX_REQUEST": "true"} if fields.pop("hx", False) else {}
    return who.client.post(f"/dao/drafts/{draft.key}/save", urlencode([*said, *fields.items()]), **FORM, **headers)


def test_a_private_draft_is_its_authors_alone(draft: Draft, author: Person, holder: Person, client: Client) -> None:
    acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.PRIVATE)
    address = f"/dao/drafts/{draft.key}"
    assert "Write a proposal" in page(author.client, address)
    for who in (holder.client, client):
        assert who.get(address).status_code == 404
        assert "Lower the fee" not in page(who, "/dao/drafts?of=public")
    assert client.get(f"/api/v1/governance/drafts/{draft.key}").status_code == 404
    for path in ("save", "propose", "share", "delete", "copy", "cosign", "withdraw", "poll"):
        assert holder.client.post(f"{address}/{path}", {"visibility": 2, "days": 3}).status_code == 404, path
    assert holder.client.get(f"{address}/checks").status_code == 404
    assert holder.client.get(f"{address}/words").status_code == 404
    assert client.get("/dao/drafts/nothing").status_code == 404


def test_the_checks_tell_whose_hints_still_stand_there(draft: Draft, author: Person) -> None:
    checks = f"/dao/drafts/{draft.key}/checks"
    assert "hints" not in page(author.client, checks)
    Draft.objects.filter(pk=draft.pk).update(text=f"Mine.\n{BEGINNINGS['payment'].text}")
    assert "Some of the hints it began with still stand in it" in page(author.client, checks)


def test_by_the_link_it_is_read_and_in_the_list_only_when_it_is_public(
    draft: Draft, author: Person, holder: Person, client: Client
) -> None:
    acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.LINK)
    for who in (holder.client, client):
        assert "Lower the fee" in page(who, f"/dao/drafts/{draft.key}")
        part = who.get(f"/dao/drafts/{draft.key}/words", headers={"hx-request": "true"}).content.decode()
        assert "Set the protocol fee" in part
        # Once they are made, the page has them at hand.
        assert who.get(f"/dao/drafts/{draft.key}/words").status_code == 302
        assert "Set the protocol fee" in page(who, f"/dao/drafts/{draft.key}")
        assert "Lower the fee" not in page(who, "/dao/drafts?of=public")
    acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.PUBLIC)
    assert "Lower the fee" in page(client, "/dao/drafts")
    assert "Lower the fee" in page(author.client, "/dao/drafts")
    assert "Lower the fee" not in page(holder.client, "/dao/drafts")
    assert "Connect wallet to co-sign" in page(client, f"/dao/drafts/{draft.key}")
    assert "Connect wallet" not in page(holder.client, f"/dao/drafts/{draft.key}")


def test_what_a_hostile_author_writes_is_text(draft: Draft, author: Person, client: Client) -> None:
    values = {"target": HOSTILE, "calldata": HOSTILE}
    answer = save(author, draft, ("raw", values), title=HOSTILE, text=HOSTILE)
    assert answer.status_code == 302
    polling.open_poll(user=author.user, key=draft.key, days=3)
    key = Poll.objects.get().key
    for who, address in (
        (client, f"/dao/drafts/{draft.key}"),
        (author.client, f"/dao/drafts/{draft.key}"),
        (client, "/dao/drafts"),
        (client, f"/dao/polls/{key}"),
    ):
        seen = page(who, address)
        assert "<script>alert" not in seen
        assert "<img src=x" not in seen
        assert "<svg onload" not in seen
        assert 'href="javascript' not in seen


def test_actions_are_added_moved_taken_off_and_put_back(draft: Draft, author: Person) -> None:
    fee, raw = ("set-feeBps", {"value": "2"}), ("raw", {"target": "0x12"})

    def kinds() -> list[str]:
        return [each["kind"] for each in Draft.objects.get().actions]

    save(author, draft, fee, kind="raw", do="add")
    assert kinds() == ["set-feeBps", "raw"]
    assert save(author, draft, fee, raw, do="up:1").status_code == 200
    assert kinds() == ["raw", "set-feeBps"]
    assert Draft.objects.get().actions[1]["fields"] == {"value": "2"}
    gone = " ".join(save(author, draft, raw, fee, do="remove:1").content.decode().split())
    assert kinds() == ["raw"]
    assert 'name="removed-value" value="2"' in gone
    back = {"removed-kind": "set-feeBps", "removed-place": "1", "removed-value": "2", "do": "undo"}
    save(author, draft, raw, **back)
    assert Draft.objects.get().actions[1] == {"kind": "set-feeBps", "fields": {"value": "2"}}
    # Each action says where it stood on the page that was posted, so that what is typed meanwhile finds it.
    moved = save(author, draft, raw, fee, do="up:1").content.decode()
    assert re.findall(r'data-origin="(\d*)"', moved) == ["1", "0"]
    save(author, draft, raw, fee)
    for odd in ("up:0", "down:9", "remove:x", "remove:-1", "add:nothing", "undo", "up:", "up:99999999"):
        assert save(author, draft, raw, fee, do=odd).status_code == 200
        assert kinds() == ["raw", "set-feeBps"], odd


def test_while_one_types_only_what_is_new_is_answered(draft: Draft, author: Person) -> None:
    answer = save(author, draft, ("set-feeBps", {"value": "9"}), hx=True).content.decode()
    assert "outside the bounds" in answer
    assert "hx-partial" in answer
    assert "<textarea" not in answer


def test_an_old_tab_is_told_and_loses_nothing(draft: Draft, author: Person) -> None:
    save(author, draft, text="From the first tab.")
    for hx in (False, True):
        answer = save(author, draft, text="From the second tab.", tab="two", hx=hx)
        assert answer.status_code == 409
        assert "saved in another tab" in answer.content.decode()
        # Pressed again, it is saved over the other.
        assert 'name="version" value="2"' in answer.content.decode()
    assert "From the second tab." in save(author, draft, text="From the second tab.", tab="two").content.decode()
    assert Draft.objects.get().text == "From the first tab."
    save(author, draft, text="From the second tab.", tab="two", version=2)
    assert Draft.objects.get().text == "From the second tab."


def test_a_text_that_is_too_long_stays_in_the_form(draft: Draft, author: Person) -> None:
    answer = save(author, draft, text="x" * 8_001)
    assert answer.status_code == 422
    assert "x" * 8_001 in answer.content.decode()
    assert Draft.objects.get().text == "Why."


def test_a_co_signature_is_made_in_two_steps(draft: Draft, author: Person, holder: Person) -> None:
    address = f"/dao/drafts/{draft.key}/cosign"
    asked = holder.client.post(address, **JSON).json()
    assert asked["typed"]["message"]["content"] == content_hash(draft)
    signature = holder.sign(support_of(draft, holder.address))
    assert "kept" in holder.client.post(asked["to"], {**asked["fields"], "signature": signature}, **JSON).json()["said"]
    seen = page(author.client, f"/dao/drafts/{draft.key}")
    assert "1,000" in seen
    assert "an earlier text" not in seen
    save(author, draft, text="Another text.")
    assert "an earlier text" in page(author.client, f"/dao/drafts/{draft.key}")
    assert "It has changed since" in page(holder.client, f"/dao/drafts/{draft.key}")
    assert "Lower the fee" in page(holder.client, "/dao/drafts?of=signed")
    headers = {"hx-request": "true", "hx-target": "div#standing"}
    part = holder.client.get(f"/dao/drafts/{draft.key}", headers=headers).content.decode()
    assert "Co-sign" in part
    assert "<html" not in part
    # Without our script the data is there to be signed elsewhere.
    assert "Signature" in holder.client.post(address).content.decode()


def test_who_has_no_votes_is_told_before_they_are_asked_to_sign(draft: Draft, stranger: Person, holder: Person) -> None:
    path = f"/dao/drafts/{draft.key}"
    assert f'action="{path}/cosign"' in page(holder.client, path)
    seen = page(stranger.client, path)
    assert f'action="{path}/cosign"' not in seen
    assert "It takes votes, and you have none now." in seen


def test_co_signers_stand_on_pages_the_most_votes_first(draft: Draft, client: Client) -> None:
    for place in range(2 * SIGNERS + 1):
        power(draft.chain, governance.address(300 + place), WHOLE * (place + 1))
        signed = {"content": content_hash(draft), "signature": "0x", "title": draft.title}
        Cosignature.objects.create(draft=draft, supporter=governance.address(300 + place), **signed)

    def signers(query: str) -> list[str]:
        return re.findall(r'href="/dao/delegates/(0x[0-9a-f]{40})"', page(client, f"/dao/drafts/{draft.key}{query}"))

    heaviest = [governance.address(300 + place) for place in reversed(range(2 * SIGNERS + 1))]
    assert [each for each in signers("") if each != draft.author] == heaviest[:SIGNERS]
    assert [each for each in signers("?signers=2") if each != draft.author] == heaviest[SIGNERS : 2 * SIGNERS]
    for odd in ("3", "99", "9" * 6):
        assert [each for each in signers(f"?signers={odd}") if each != draft.author] == heaviest[2 * SIGNERS :]
    for odd in ("0", "-1", "x", "9" * 5_000, "²"):
        assert [each for each in signers(f"?signers={odd}") if each != draft.author] == heaviest[:SIGNERS]


def test_what_became_a_proposal_is_read_only(draft: Draft, author: Person, client: Client) -> None:
    batch = (["0x" + "ab" * 20], [0], ["0x12"])
    acting.note_offer(user=author.user, draft=draft, batch=batch, text=description_of(draft))
    parts: dict[str, Any] = {"targets": batch[0], "values": batch[1], "calldatas": batch[2], "proposed_block": 101}
    made = proposal(draft.chain, 4, proposer=author.address, description=description_of(draft), **parts)
    seen = page(author.client, f"/dao/drafts/{draft.key}")
    assert "Proposed as No. 4" in seen
    assert "<textarea" not in seen
    assert "proposed as No. 4" in page(client, "/dao/drafts")
    late = save(author, draft, text="Later.")
    assert late.status_code == 409
    assert "Later." in late.content.decode()
    checks = f"/dao/drafts/{draft.key}/checks"
    assert "It is proposal No. 4 now" in page(author.client, checks)
    # The editor that is still open looks there, and becomes the page on which it is read.
    looked = author.client.get(checks, headers={"hx-request": "true", "hx-target": "div#checks"})
    assert looked["HX-Redirect"] == f"/dao/drafts/{draft.key}"
    copied = author.client.post(f"/dao/drafts/{draft.key}/copy")
    assert Draft.objects.exclude(pk=draft.pk).get().key in copied["Location"]
    made.delete()
    assert "Write a proposal" in page(author.client, f"/dao/drafts/{draft.key}")


def test_checks_say_what_to_do(draft: Draft, author: Person, stranger: Person, chain: Chain) -> None:
    seen = page(author.client, f"/dao/drafts/{draft.key}/checks")
    assert "You have 5,000,000 of the 2,500,000 that it takes" in seen
    assert "#proposer=0x" in seen
    proposal(chain, 9, proposer=author.address)
    assert "Your proposal No. 9 is not decided yet" in page(author.client, f"/dao/drafts/{draft.key}/checks")
    refused = author.client.post(f"/dao/drafts/{draft.key}/propose", **JSON)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-proposable")
    copied = stranger.client.post(f"/dao/drafts/{draft.key}/copy")["Location"]
    assert "Have others delegate" in page(stranger.client, f"{copied}/checks")


def poll_of(draft: Draft, author: Person) -> Poll:
    return polling.open_poll(user=author.user, key=draft.key, days=3)


def vote(who: Person, poll: Poll, choice: Choice, number: int = 1, reason: str = "") -> PollBallot:
    typed = ballot_of(poll, who.address, choice, reason, number)
    given: dict[str, Any] = {"choice": choice, "reason": reason, "number": number, "signature": who.sign(typed)}
    return polling.cast_poll_vote(user=who.user, key=poll.key, **given)


def test_a_poll_counts_the_votes_of_its_snapshot_and_the_last_answer(
    draft: Draft, author: Person, holder: Person, stranger: Person, client: Client
) -> None:
    poll = poll_of(draft, author)
    with pytest.raises(PollOpenError):
        poll_of(draft, author)
    vote(holder, poll, Choice.AGAINST, reason="Too early.")
    old = vote(holder, poll, Choice.AGAINST, reason="Too early.")
    vote(holder, poll, Choice.FOR, 2)
    with pytest.raises(BallotOvertakenError):
        vote(holder, poll, Choice.AGAINST, 1, "Too early.")
    vote(author, poll, Choice.ABSTAIN)
    with pytest.raises(NoPowerError):
        vote(stranger, poll, Choice.FOR)
    # Votes that came later do not count.
    power(draft.chain, holder.address, 9_000 * WHOLE, since=poll.snapshot + timedelta(seconds=1))
    counted = {each.choice: (each.votes, each.ballots) for each in result_of(polling.find_poll(poll.key)).answers}
    assert counted == {
        Choice.FOR: (1_000 * WHOLE, 1),
        Choice.AGAINST: (0, 0),
        Choice.ABSTAIN: (5_000_000 * WHOLE, 1),
    }
    seen = page(client, f"/dao/polls/{poll.key}")
    assert "No force" in seen
    assert "2 accounts have answered" in seen
    told = client.get(f"/api/v1/governance/polls/{poll.key}").json()
    assert [each["voter"] for each in told["items"]] == [author.address, holder.address]
    assert {each["choice"]: each["votes"] for each in told["answers"]}["for"] == str(1_000 * WHOLE)
    Poll.objects.update(ends_at=poll.opened_at)
    with pytest.raises(PollClosedError):
        vote(holder, poll, Choice.FOR, 3)
    assert "It had no force" in page(client, f"/dao/polls/{poll.key}")
    assert old.number == 1


def test_a_poll_is_answered_in_two_steps(draft: Draft, author: Person, holder: Person) -> None:
    poll = poll_of(draft, author)
    address = f"/dao/polls/{poll.key}/vote"
    asked = holder.client.post(address, {"choice": 1, "reason": "Yes.\u202e"}, **JSON).json()
    assert asked["typed"]["message"]["choice"] == CHOICES[Choice.FOR]
    signature = holder.sign(ballot_of(poll, holder.address, 1, asked["typed"]["message"]["reason"], 1))
    said = {"choice": 1, "reason": "Yes.\u202e", **asked["fields"], "signature": signature}
    assert holder.client.post(asked["to"], said, **JSON).status_code == 200
    for wrong in ({"choice": 7}, {"choice": "x"}, {}, {"choice": 1, "reason": "x" * 501}):
        assert holder.client.post(address, wrong, **JSON).status_code == 422
    assert "You answered: for" in page(holder.client, f"/dao/polls/{poll.key}")


def test_a_program_can_check_a_shared_draft(draft: Draft, client: Client) -> None:
    told = client.get(f"/api/v1/governance/drafts/{draft.key}").json()
    assert content_of(told["title"], told["text"], told["actions"]) == told["content"]
    assert told["calls"][0]["target"] == draft.chain.deployment["ProtocolParameters"]
    assert json.loads(json.dumps(told)) == told


def test_pages_take_few_queries_whatever_there_is(draft: Draft, author: Person, chain: Chain) -> None:
    Draft.objects.bulk_create(
        Draft(chain=chain, author=author.address, title=f"Draft {place}", visibility=Visibility.PUBLIC)
        for place in range(49)
    )
    poll = poll_of(draft, author)
    for place in range(12):
        other = person(200 + place)
        power(chain, other.address, WHOLE * (place + 1))
        typed = support_of(draft, other.address)
        acting.cosign_draft(user=other.user, key=draft.key, signature=other.sign(typed))
        vote(other, poll, Choice.FOR)
    addresses = (
        "/dao/drafts",
        "/dao/drafts/new",
        f"/dao/drafts/{draft.key}",
        f"/dao/drafts/{draft.key}/checks",
        f"/dao/polls/{poll.key}",
    )
    for who in (author.client, person(201).client):
        for address in addresses[: 3 if who is not author.client else None]:
            with CaptureQueriesContext(connection) as taken:
                page(who, address)
            asked = [query["sql"] for query in taken if "accounts_user" not in query["sql"]]
            assert len(asked) <= 6, (address, len(asked), asked)
    first = author.client.get("/dao/drafts").content.decode()
    assert "Next page" in first


def test_a_number_s_page_leads_to_a_draft_that_changes_it(draft: Draft, author: Person) -> None:
    offered = page(author.client, "/dao/drafts/new?parameter=VotingPeriodSet")
    assert 'name="parameter" value="VotingPeriodSet"' in offered
    assert "Change this: Voting period" in offered
    assert "Change this" not in page(author.client, "/dao/drafts/new?parameter=%22%3E%3Cscript%3E")
    made = author.client.post("/dao/drafts/new?parameter=VotingPeriodSet", {"parameter": "VotingPeriodSet"})
    begun = Draft.objects.get(key=made["Location"].rpartition("/")[2])
    assert begun.actions == [{"kind": "set-VotingPeriodSet", "fields": {}}]
    assert begun.text.startswith("## Why")


def test_trial_runs_are_counted(draft: Draft, holder: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.drafts.views.TRIED_A_MINUTE", 1)
    answers = [holder.client.get(f"/dao/drafts/{draft.key}/checks").status_code for _ in range(2)]
    assert answers == [200, 429]

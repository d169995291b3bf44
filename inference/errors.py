"""What may be refused, or fail, when a model runs."""

from collections.abc import Sequence
from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError
from marketplace.ground.decisions import ModerationDecision


class NotRunnableError(NotFoundError):
    """Nothing answers for that listing here."""

    code = "not-runnable"
    detail = _("This model does not run here. Its page says where it comes from.")


class ModelHiddenError(DomainError):
    """A moderator has hidden the listing; ``data`` holds the category and the reason."""

    code = "model-hidden"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, decision: ModerationDecision) -> None:
        everybody = _("A moderator has hidden this model, and nobody may run it. %(category)s: %(reason)s")
        others = _(
            "A moderator has hidden this model: only those who bought access before may run it. "
            "%(category)s: %(reason)s"
        )
        words = {"category": decision.get_category_display(), "reason": decision.reason}
        detail = (everybody if decision.stops_use else others) % words
        super().__init__(detail, category=decision.category, reason=decision.reason)


class WrongModeError(DomainError):
    """The upstream does something else than what was asked."""

    code = "wrong-mode"
    detail = _("This model does not answer that kind of question.")


class BadQuestionError(DomainError):
    """What was asked has not the form of a question."""

    code = "bad-question"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("That is not a question that the model can read.")


class EmptyQuestionError(BadQuestionError):
    """Nobody could see anything in what was asked."""

    detail = _("There is nothing to read in that question. Write something first.")


class WishError(BadQuestionError):
    """What was set for an answer cannot be done here."""

    code = "bad-setting"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class TooLongError(DomainError):
    """The question does not fit into what the model reads: ``data`` says how many tokens it has and the ``context``."""

    code = "too-long"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("That is too long for this model. Shorten it, or start a new conversation.")

    def __init__(self, **data: int) -> None:
        words = _(
            "That is too long for this model, which reads %(context)d tokens at most: this is about %(tokens)d. "
            "Shorten it, or start a new conversation."
        )
        super().__init__(words % data if "context" in data else None, **data)


class AllowanceSpentError(DomainError):
    """The free tokens of today are used up."""

    code = "allowance-spent"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("Today's free tokens are used up. They come back at midnight UTC; with a pass you go on now.")


class FairUseSpentError(DomainError):
    """A holder has used the tokens of this window."""

    code = "fair-use-spent"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("You have used the tokens that your access covers in 30 days.")


class TooManyStreamsError(DomainError):
    """As many answers as allowed are being written already."""

    code = "too-many-streams"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("Two answers are being written for you already. Wait for one to end, or stop it.")


class CallClosedError(DomainError):
    """The call was closed by somebody else, because it had been silent for too long."""

    code = "call-closed"
    status = HTTPStatus.GATEWAY_TIMEOUT
    detail = _("The answer took too long and was ended.")


class EngineError(DomainError):
    """The engine did not do its part. Nothing that was not delivered is counted."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class EngineWarmingError(EngineError):
    """The engine is not open yet; it is worth trying again in a few seconds."""

    code = "warming-up"
    detail = _("The model is warming up. This takes a moment after a start.")


class EngineBusyError(EngineError):
    """The engine answers as many as it can."""

    code = "busy"
    detail = _("The model is busy answering others. Try again in a few seconds.")

    def __init__(self, engines: Sequence[str] = ()) -> None:
        super().__init__()
        self.engines = list(engines)  # that could be waited for


class TooManyWaitingError(DomainError):
    """As many of one wallet wait as may."""

    code = "too-many-waiting"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("Eight of your questions wait for this model already. Ask again when one of them was answered.")

    def __init__(self) -> None:
        super().__init__(retry_after=5)


class EngineGoneError(EngineError):
    """The engine broke off, or answered what is no answer."""

    code = "gone"
    detail = _("The model stopped answering. What it had written stays; you can ask again.")


class EngineStatusError(EngineGoneError):
    """The engine answered with a status that is no answer; ``answered`` is for who runs it, and told to nobody else."""

    def __init__(self, answered: int) -> None:
        super().__init__()
        self.answered = answered


class NotTakenError(EngineError):
    """The server that was asked cannot do what was asked for; ``data["names"]`` says what that was."""

    code = "not-taken"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, names: Sequence[str]) -> None:
        words = _("The server of this model does not take this: %(names)s. Leave it out, or ask another model.")
        super().__init__(words % {"names": ", ".join(names)}, names=list(names))


class BadKeyError(DomainError):
    """No header takes it."""

    code = "bad-key"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("That is no key: it holds a blank or a letter outside ASCII, or more than 500 characters.")


class KeyNeededError(DomainError):
    """The kept key would go to another server."""

    code = "key-needed"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Give the key again: the one that is kept goes only to the server that it was given for.")


class SameUpstreamError(DomainError):
    """It is there already."""

    code = "same-upstream"
    status = HTTPStatus.CONFLICT
    detail = _("That server is in the list already, with the same model.")


class TooManyUpstreamsError(DomainError):
    """There are as many as there may be."""

    code = "too-many-upstreams"
    status = HTTPStatus.CONFLICT
    detail = _("Eight servers answer for a version at most. Remove one first.")


class NotAnsweringError(EngineError):
    """None of the servers of a listing answers; they are tried again without anybody asking."""

    code = "not-answering"
    detail = _("No server of this model answers at the moment. They are tried again all the time.")


class NoneFitsError(DomainError):
    """No upstream of a listing is one that the caller wants, whether it answers or not."""

    code = "no-upstream-fits"
    status = HTTPStatus.NOT_FOUND
    detail = _("No server of this model is what you asked for: they are other ones, or do not say that they forget.")


class HoldersOnlyError(DomainError):
    """Who runs the server lets only those with access ask it."""

    code = "holders-only"
    status = HTTPStatus.FORBIDDEN
    detail = _("Its seller runs this model, and lets only those ask it who bought access.")


class UnreadableInputError(DomainError):
    """The engine could not read a file that it was sent; ``code`` of the reason stands in ``data["reason"]``."""

    code = "unreadable-input"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    REASONS = {
        "not-base64": _("The file is not sent as base64."),
        "no-picture": _("That is no picture that can be read here: a JPEG, PNG or WebP file is wanted."),
        "too-many-pixels": _("The picture is too large: 24 million pixels, and 8,000 on a side, at most."),
        "too-small": _("The picture is too small: 8 pixels on a side at least."),
        "no-wav": _("That is no sound that can be read here: a WAV file of plain samples (PCM) is wanted."),
        "odd-sound": _("The sound has to have one or two channels and 8,000 to 96,000 samples a second."),
        "too-long": _("The sound is too long for this model."),
        "too-short": _("The sound is too short: a tenth of a second at least."),
        "too-large": _("That is more than the model can hold at once. Send less."),
        "too-long-said": _("That is too long to be read aloud at once. Send less."),
        "no-words": _("There is nothing in it that can be said aloud."),
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.REASONS.get(reason, _("The model could not read what was sent.")), reason=reason)


class BadInputError(DomainError):
    """What was sent does not fit the schema that the version declares; ``data["errors"]`` says where."""

    code = "bad-input"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, problems: dict[str, str]) -> None:
        names = ", ".join(name for name in problems if name)
        detail = _("Some of what was sent does not fit what the model takes: %(names)s.") % {"names": names or "…"}
        faults = [{"field": name, "message": sentence} for name, sentence in problems.items()]
        super().__init__(detail, errors=faults)


class AnswerGoneError(NotFoundError):
    """Nobody knows such an answer any more."""

    code = "answer-gone"
    detail = _("There is no such answer: it was never asked for here, or it is over. Ask again.")

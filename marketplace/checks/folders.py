"""Checks of a folder as a whole: names and contents, what belongs together, secrets, and what files say."""

from __future__ import annotations

from django.utils.translation import gettext as _

from marketplace.formats import coreml, folder, gguf, onnx, safetensors
from marketplace.formats.facts import Disagreement

from .licences import licence_name
from .models import CheckState
from .verdicts import Given, Verdict, of_problems, passed, warned

MOST_TOLD = 5
SAFE = (safetensors.KIND, gguf.KIND)


def judge_files(given: Given) -> Verdict:
    """Return whether names fit contents, nothing is missing, and something can be sold."""
    paths = given.inspection.paths
    if not paths:
        return passed(_("There are no files: a server answers for this model."), download_only=False)
    refused = [path for path, row in given.contents.items() if row.state == CheckState.FAILED]
    notes = [note for path, facts in given.files.items() for note in folder.name_problems(path, facts.kind)]
    bad = [str(note) for note in [*notes, *folder.problems(given.files, paths)] if note.code != "secret-name"]
    bad += _unlike_manifest(given)
    if not folder.has_weights(given.files) and not refused:
        bad.append(_("None of the files holds a model: safetensors, GGUF, ONNX or Core ML."))
    code = [path for path in paths if folder.is_code(path)]
    odd = [
        _("%(path)s is code. It is never run here, and buyers are told to read it first.") % {"path": path}
        for path in code
    ]
    kinds = {facts.kind for facts in given.files.values()}
    is_stored = bool(kinds & {onnx.KIND, coreml.KIND}) and not kinds & set(SAFE)
    if refused:
        bad.append(_("Files that were refused have to go: %(paths)s.") % {"paths": ", ".join(refused[:MOST_TOLD])})
    well = _("Names, contents and parts belong together.")
    if is_stored:
        well = f"{well} {_('It is sold as a download only, since ONNX and Core ML are not run here.')}"
    return of_problems(bad[:MOST_TOLD], odd[:MOST_TOLD], well, download_only=is_stored, code=code[:100])


def judge_secrets(given: Given) -> Verdict:
    """Return whether a file holds a key or a password; where, and never which."""
    places = []
    for path, facts in given.files.items():
        for note in [*facts.notes, *folder.name_problems(path, facts.kind)]:
            if note.code == "secret":
                says = _("%(path)s, line %(line)s: what looks like a secret (%(what)s).") % {
                    "path": path,
                    **note.values,
                }
                places.append({"path": path, "says": says})
            elif note.code == "secret-name":
                places.append({"path": path, "says": str(note)})
    if not places:
        return passed(_("No key, password or recovery phrase was found in the texts."))
    told = " ".join(place["says"] for place in places[:MOST_TOLD])
    advice = _("Make it invalid where it came from, take it out and upload the file again.")
    return of_problems([f"{told} {advice}"], [], "", places=places[:100])


def judge_facts(given: Given) -> Verdict:
    """Return whether the files agree about the model."""
    facts = given.facts
    odd = [_disagreement(each) for each in facts.disagreements]
    odd += [
        _("%(path)s needs Python code of its own to be loaded; programs here never do that.") % {"path": path}
        for path in facts.needs_code
    ]
    if odd:
        return warned(" ".join(odd[:MOST_TOLD]), facts=facts.to_json())
    if not facts.values:
        return passed(_("The files say nothing about the model; what its card says is its seller's word."))
    return passed(
        _("The files agree about the model, and say %(n)s things of it.") % {"n": len(facts.values)},
        facts=facts.to_json(),
    )


def _disagreement(each: Disagreement) -> str:
    """Return in a sentence who says what."""
    is_licence = each.fact == "licence"
    said = [f"{path}: {licence_name(str(value)) if is_licence else value}" for path, value in each.said]
    names = {
        "licence": _("the licence"),
        "task": _("the task"),
        "parameters": _("the number of parameters"),
        "embedding_dim": _("the size of its vectors"),
        "vocabulary": _("the size of its vocabulary"),
        "base_model": _("the model that it is made from"),
    }
    words = {"fact": names.get(each.fact, each.fact), "said": "; ".join(said)}
    return _("The files disagree about %(fact)s (%(said)s).") % words


def _unlike_manifest(given: Given) -> list[str]:
    """Return where the files are not those that citrate.toml names, with their hash and their size."""
    listed = given.inspection.said("files", default=[])
    if not isinstance(listed, list) or not listed:
        return []
    have = {path: (sha256, size) for path, sha256, size in given.inspection.files}
    problems = []
    for each in listed:
        if not isinstance(each, dict) or not each.get("sha256"):
            continue
        path = str(each.get("path", ""))
        if path not in have:
            problems.append(_("citrate.toml names %(path)s, which is not there.") % {"path": path})
        elif have[path][0] != each["sha256"] or each.get("size") not in (None, have[path][1]):
            problems.append(_("%(path)s is not the file whose hash and size citrate.toml names.") % {"path": path})
    return problems

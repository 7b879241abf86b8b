"""Where the authored folders live: beside the package in a checkout, inside it in a wheel.

Nothing else in the package knows these places; parsers take text.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

from survey_engine.errors import (
    ResponseError,
    UsageProblem,
    Where,
    diagnostic,
)

if TYPE_CHECKING:
    from survey_engine.instrument.model import Instrument
    from survey_engine.spec.model import ModelSpec

Kind = Literal["instruments", "models"]

_PACKAGE = Path(__file__).resolve().parent.parent
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def authored_folder(name: str) -> Path:
    """The folder `name` (``instruments``, ``models`` or ``reports``)."""
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    return _PACKAGE / "_data" / name


def preset_ids(kind: Kind) -> tuple[str, ...]:
    """Ids of the instruments or models that come with the package, sorted."""
    return tuple(sorted(path.stem for path in authored_folder(kind).glob("*.yaml")))


def authored_path(kind: Kind, name: str) -> Path:
    """The file behind a preset id or a path.

    Raises
    ------
    UsageProblem
        ``UNKNOWN_INSTRUMENT`` or ``UNKNOWN_MODEL`` if it is neither.
    """
    known = preset_ids(kind)
    if name in known:
        return authored_folder(kind) / f"{name}.yaml"
    if Path(name).is_file():
        return Path(name)
    near = get_close_matches(name, known, n=12, cutoff=0.0)
    raise UsageProblem(
        diagnostic(
            "UNKNOWN_INSTRUMENT" if kind == "instruments" else "UNKNOWN_MODEL",
            name=name,
            suggestion=near[0] if near else "–",
            known=near,
        )
    )


def authored_text(path: Path) -> str:
    """The UTF-8 text of an authored file.

    Raises
    ------
    ResponseError
        ``UNREADABLE_FILE`` if it cannot be opened, ``UNREADABLE_ENCODING`` if it is
        not UTF-8.
    """
    place = Where(file=path.name)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ResponseError(diagnostic("UNREADABLE_ENCODING", where=place)) from problem
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise ResponseError(
            diagnostic("UNREADABLE_FILE", where=place, reason=reason)
        ) from problem


def load_instrument(name: str) -> Instrument:
    """The instrument of a preset id or a YAML file.

    Raises
    ------
    UsageProblem, AuthoringError
        The name is unknown; the file cannot be used as written.
    """
    from survey_engine.instrument.parse import parse_instrument

    path = authored_path("instruments", name)
    library = functools.partial(_library, path.parent)
    return parse_instrument(authored_text(path), file=path.name, library=library)


def _library(folder: Path, name: str) -> tuple[str, str] | None:
    """Text and file name of an instrument to include: a file beside, else a preset."""
    if name != Path(name).name:  # a name, never a way out of the folder
        return None
    for place in (folder, authored_folder("instruments")):
        path = place / f"{name}.yaml"
        if path.is_file():
            return authored_text(path), path.name
    return None


def model_of_instrument(name: str) -> str:
    """Id of the model an instrument was written for, its own id if it names none."""
    instrument = load_instrument(name)
    if not instrument.models:
        return instrument.id
    return model_beside(name, instrument.models[0])


def model_beside(instrument: str, model: str) -> str:
    """A model an instrument names: the file beside the instrument's own, else the preset."""
    path = authored_path("instruments", instrument).parent / f"{model}.yaml"
    own = model not in preset_ids("models") and model == Path(model).name
    return str(path) if own and path.is_file() else model


def load_model(name: str) -> ModelSpec:
    """The model of a preset id, a YAML file or a lavaan-style text file.

    Raises
    ------
    UsageProblem, AuthoringError
        The name is unknown; the file cannot be used as written.
    """
    from survey_engine.spec.parse import parse_model

    path = authored_path("models", name)
    return parse_model(authored_text(path), file=path.name)


def languages() -> tuple[str, ...]:
    """Languages with a folder of wording, English first."""
    wording = authored_folder("reports") / "wording"
    found = sorted(path.name for path in wording.iterdir() if path.is_dir())
    return tuple(sorted(found, key=lambda language: language != "en"))


@functools.cache
def load_wording(language: str) -> Mapping[str, Any]:
    """Every word of one language, from all files of its folder, parsed once.

    Raises
    ------
    UsageProblem
        ``UNKNOWN_LANGUAGE``.
    """
    if language not in languages():
        raise UsageProblem(diagnostic("UNKNOWN_LANGUAGE", name=language, known=languages()))
    folder = authored_folder("reports") / "wording" / language
    words: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        # A safe loader by name: the C one where libyaml is there, ten times as fast.
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506
        _merge(words, read, path.stem)
    return words


def _merge(into: dict[str, Any], more: Mapping[str, Any], file: str) -> None:
    """Add the words of one file; the same key in two files is a mistake of ours."""
    for key, value in more.items():
        if key not in into:
            into[key] = value
        elif isinstance(value, Mapping) and isinstance(into[key], dict):
            _merge(into[key], value, file)
        else:
            raise ValueError(f"{file}: {key} has words already")


def load_templates() -> dict[str, str]:
    """The report's Jinja2 templates by their path below ``reports/templates``."""
    return _texts("templates", "**/*.j2")


def load_css() -> str:
    """The report's style sheets, in the order of their names."""
    return "\n".join(text for _, text in sorted(_texts("css", "*.css").items()))


@functools.cache
def load_forms() -> Mapping[str, str]:
    """Template, style and script of the printed questionnaire and of the form, by name."""
    return _texts("forms", "*")


def form_words(language: str) -> Mapping[str, str]:
    """Words around the questions of a printed questionnaire or form.

    Raises
    ------
    UsageProblem
        ``UNKNOWN_LANGUAGE`` if nobody has written them.
    """
    words = _form_words()
    base = language if language in words else language.split("-")[0]
    if base not in words:
        known = tuple(words)
        raise UsageProblem(diagnostic("UNKNOWN_LANGUAGE", name=language, known=known))
    return words[base]


@functools.cache
def _form_words() -> Mapping[str, Mapping[str, str]]:
    read = yaml.load(load_forms()["words.yaml"], Loader=_LOADER)  # noqa: S506 (as above)
    return {str(language): dict(words) for language, words in read.items()}


def existing_file(path: Path) -> Path:
    """`path` if there is such a file.

    Raises
    ------
    ResponseError
        ``FILE_NOT_FOUND``.
    """
    if not path.is_file():
        raise ResponseError(diagnostic("FILE_NOT_FOUND", where=Where(file=str(path))))
    return path


def _texts(folder: str, pattern: str) -> dict[str, str]:
    root = authored_folder("reports") / folder
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(root.glob(pattern))
        if path.is_file()
    }

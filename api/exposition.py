"""The text format of Prometheus (0.0.4): families of samples with their labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Sample = tuple[Mapping[str, str], float]


def family(name: str, text: str, samples: Iterable[Sample], *, kind: str = "gauge") -> list[str]:
    """A metric with its help and its samples; none of it where there is no sample."""
    rows = [f"{name}{_labels(labels)} {value:.17g}" for labels, value in samples]
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}", *rows] if rows else []


def known(samples: Iterable[tuple[Mapping[str, str], float | None]]) -> list[Sample]:
    """The samples that have a value."""
    return [(labels, value) for labels, value in samples if value is not None]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def number(value: object) -> float | None:
    """A number or a truth of a document as a sample's value; None for anything else."""
    return float(value) if isinstance(value, bool | int | float) else None

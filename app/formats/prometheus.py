"""Measures in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX = "waxmirror_"


class Sample:
    """A number and what it is of."""

    def __init__(self, value: float, **labels: str) -> None:
        self.value = value
        self.labels = labels


@dataclass(frozen=True, slots=True)
class Measure:
    """A name without our prefix, what it means, and its samples, which all have the same labels.

    A counter only ever grows.
    """

    name: str
    meaning: str
    samples: Sequence[Sample]
    is_counter: bool = False


def exposition(measures: Iterable[Measure]) -> bytes:
    """The measures as text; those without a sample are left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(measures))
    return generate_latest(registry)


class _Given(Collector):
    """What the registry asks for its families."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        for measure in self._measures:
            if measure.samples:
                yield _family(measure)


def _family(measure: Measure) -> Metric:
    names = list(measure.samples[0].labels)
    kind = CounterMetricFamily if measure.is_counter else GaugeMetricFamily
    family = kind(PREFIX + measure.name, measure.meaning, labels=names)
    for sample in measure.samples:
        family.add_metric([sample.labels[name] for name in names], sample.value)
    return family

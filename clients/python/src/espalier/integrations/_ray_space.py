"""Ray Tune's search spaces as Espalier's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ray.tune.search.sample import Categorical, Domain, Float, Function, Integer, LogUniform, Normal, Quantized

from espalier.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

__all__ = ["Param", "flat", "read_space"]


@dataclass(frozen=True)
class Param:
    """A parameter: where it is in the config, and how its values are called on the server."""

    path: tuple[str, ...]
    distribution: BaseDistribution
    objects: tuple[Any, ...] | None = None  # of a choice: what the labels stand for

    def config(self, wire: Any) -> Any:
        """Returns a value of the server as Ray's config has it."""
        value = self.distribution.value(wire)
        if self.objects is None:
            return value
        assert isinstance(self.distribution, CategoricalDistribution)
        return self.objects[self.distribution.choices.index(value)]

    def wire(self, value: Any) -> Any:
        """Returns the value as the server has it. ValueError: the parameter cannot have it."""
        if self.objects is not None:
            assert isinstance(self.distribution, CategoricalDistribution)
            for thing, label in zip(self.objects, self.distribution.choices, strict=True):
                if thing is value or (type(thing) is type(value) and thing == value):
                    return label
        plain = value.item() if hasattr(value, "item") else value
        if self.objects is not None or not self.distribution.contains(plain):
            raise ValueError(f"{'/'.join(self.path)} cannot be {value!r}: it is {self.distribution}.")
        return plain


def _leaves(config: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What is in a nested config, with its path; a grid_search is one thing."""
    for key, value in config.items():
        here = (*path, str(key))
        if isinstance(value, Mapping) and value.keys() != {"grid_search"}:
            yield from _leaves(value, here)
        else:
            yield here, value


def flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a nested config with the names that parameters have on the server."""
    return {"/".join(path): value for path, value in _leaves(config)}


def read_space(config: Mapping[str, Any], *, strict: bool = True) -> dict[str, Param]:
    """Reads the search space in a config of Ray's; constants are left out.

    ValueError: there is what Espalier has not, or two names are the same; if not strict, it is left out too.
    """
    space: dict[str, Param] = {}
    for path, value in _leaves(config):
        name = "/".join(path)
        try:
            param = _read_param(path, value, grid=not strict)
        except (ValueError, TypeError) as e:
            if strict:
                raise type(e)(f"{name}: {e}") from None
            continue
        if param is not None and name in space:
            raise ValueError(f"{name} is there twice; a name with a / is that of a nested one.")
        if param is not None:
            space[name] = param
    return space


def _read_param(path: tuple[str, ...], value: Any, *, grid: bool) -> Param | None:
    if isinstance(value, BaseDistribution):
        return Param(path, value)
    if isinstance(value, Mapping) and not value.keys() ^ {"grid_search"}:
        if not grid:
            raise ValueError("grid_search is for Ray's own searcher. Use tune.choice and sampler=GridSampler().")
        return _choice(path, list(value["grid_search"]))
    if isinstance(value, Categorical):
        return _choice(path, value.categories)
    if isinstance(value, Domain):
        return Param(path, _read_number(value))
    if isinstance(value, list | tuple) and any(isinstance(v, Domain | BaseDistribution) for v in value):
        raise ValueError("a list of parameters is not taken. Give each a name, and make the list in your function.")
    return None


def _choice(path: tuple[str, ...], choices: Sequence[Any]) -> Param:
    """A choice; things that are no scalars go by their names or texts."""
    if all(isinstance(c, None | bool | int | float | str) or hasattr(c, "item") for c in choices):
        return Param(path, CategoricalDistribution(list(choices)))
    labels = [getattr(c, "__name__", None) or repr(c) for c in choices]
    if bad := [text for text in labels if " at 0x" in text]:
        raise TypeError(f"{bad[0]} has no lasting name. Choose among names, and look the thing up in your function.")
    return Param(path, CategoricalDistribution(labels), tuple(choices))


def _read_number(domain: Domain) -> BaseDistribution:
    if isinstance(domain, Function):
        raise ValueError("tune.sample_from samples by itself. Suggest what it needs, and compute it in your function.")
    sampler, step = domain.get_sampler(), None
    if isinstance(sampler, Quantized):
        sampler, step = sampler.sampler, sampler.q
    if isinstance(sampler, Normal):
        raise ValueError("there is no normal distribution. Use tune.uniform.")
    log = isinstance(sampler, LogUniform)
    if isinstance(domain, Float):
        if log and step is not None:
            raise ValueError("a float is either logarithmic or quantized. Use tune.loguniform, and round the value.")
        return FloatDistribution(domain.lower, domain.upper, log=log, step=step)
    if not isinstance(domain, Integer):
        raise ValueError(f"there is no {type(domain).__name__}.")
    step = int(step or 1)
    if step == 1:  # then Ray excludes the upper end
        return IntDistribution(domain.lower, domain.upper - 1, log=log)
    if log:
        raise ValueError("an integer is either logarithmic or quantized. Use tune.lograndint, and round the value.")
    return IntDistribution(-(-domain.lower // step) * step, domain.upper // step * step, step=step)

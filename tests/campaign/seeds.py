"""Nights by seed, two at a time: which ones are asked for, and what came of each as soon as it and all before it are
over.
"""

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

WORKERS = 2
T = TypeVar("T")


def played(campaign: str, count: int, arguments: list[str], play: Callable[[int], T]) -> Iterator[T]:
    """Play `[COUNT] [--first SEED] [--seed N]`; `count` nights where no number is said. In the order of the seeds."""
    chosen = _parser(campaign, count).parse_args(arguments)
    seeds = [chosen.seed] if chosen.seed is not None else range(chosen.first, chosen.first + chosen.count)
    with ProcessPoolExecutor(min(WORKERS, len(seeds))) as pool:
        yield from pool.map(play, seeds)


def _parser(campaign: str, count: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m tests.campaign {campaign}")
    parser.add_argument("count", type=int, nargs="?", default=count)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="this night alone")
    return parser

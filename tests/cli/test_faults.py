"""What a technician says to practise on a trip."""

import pytest
from click.testing import CliRunner

from benchctl.cli.main import benchctl


def said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(benchctl, list(words))
    return done.exit_code, done.output


def test_what_can_go_wrong_is_listed() -> None:
    code, text = said("sim", "--faults")
    assert code == 0
    assert "lead.open" in text
    assert "net.blackhole" in text


@pytest.mark.parametrize("command", [("demo", "--headless"), ("sim", "bench.toml")])
def test_a_fault_that_is_not_there_is_refused_with_the_nearest(command: tuple[str, ...]) -> None:
    code, text = said(*command, "--fault", "lead.opn@30m")
    assert code == 2
    assert "the nearest is lead.open" in text

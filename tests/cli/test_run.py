"""Whole runs as real processes: command, guard, engine, and a simulated bench over sockets."""

import json
import signal
import socket

from benchctl.core.model import Verdict
from benchctl.core.passport import Issued, PassportState
from benchctl.edge.follower import Follower, verify_file
from benchctl.edge.home import Home
from benchctl.edge.ledger import Ledger
from tests.cli.workshop import Workshop, kill, one_line


def journal_kinds(workshop: Workshop, run: str) -> list[str]:
    with Follower(Home(workshop.home).journal_path(run)) as follower:
        return [row.kind for row in follower.rows()]


def test_a_bank_goes_all_the_way_to_its_approval(served: Workshop) -> None:
    done = served.command(*served.words("--operator", "Ada"))
    first, last = (json.loads(done.stdout.splitlines()[place]) for place in (0, -1))
    assert (done.returncode, last["verdict"]) == (0, "approved"), done.stderr
    assert first["event"] == "starting"
    assert first["run"] == last["run"]
    assert first["simulated"] is True
    assert last["spread_v"] < 0.1
    line = Ledger(Home(served.home).ledger_path).run_line(last["run"])
    assert line is not None
    assert verify_file(Home(served.home).journal_path(last["run"]), line.tail()) == []
    assert served.status()["state"] == "idle"


def test_a_run_that_joins_makes_the_old_approval_void_before_anything_is_on(served: Workshop) -> None:
    home = Home(served.home)
    home.prepare()
    Ledger(home.ledger_path).append(Issued("20260101-000000-0000", "Old", True, (("e1001", "X"),), "2026", "2027"))
    served.procedure.write_text(served.procedure.read_text().replace("[charge]", 'purpose = "join"\n[charge]'))
    run = served.start("--speed", "20")
    first = run.until("starting")
    (passport,) = Ledger(home.ledger_path).passports("2026")
    assert passport.state is PassportState.VOID
    assert first["run"] in (passport.note or "")
    assert "X of that string takes no part" in " ".join(first["remarks"])
    served.command("stop")
    assert run.end()[0] == 5


def test_supplies_that_changed_places_are_bound_by_serial_number_and_the_journal_says_so(served: Workshop) -> None:
    served.swap("psu1", "psu2")
    run = served.start("--speed", "20")
    name = run.until("starting")["run"]
    assert "bound by its serial number" in run.until("noted")["text"]
    run.until("switched_on")
    served.command("stop")
    assert run.end()[0] == 5
    assert journal_kinds(served, name)[:3] == ["run_opened", "noted", "noted"]


def test_a_run_is_seen_and_stopped_from_another_shell_and_survives_its_terminal(served: Workshop) -> None:
    run = served.start("--speed", "20")
    run.until("switched_on")
    seen = served.status()
    for pid in (seen["guard_pid"], seen["engine_pid"]):
        kill(pid, signal.SIGHUP)
    second = served.command(*served.words())
    refused = json.loads(second.stdout.splitlines()[-1])
    assert (second.returncode, refused["verdict"], refused["run"]) == (7, "refused", None)
    assert seen["run"] in refused["reasons"][0]
    again = served.status()
    assert again["state"] == "charging"
    assert {place["name"]: place["serial"] for place in again["positions"]} == {"P1": "E1001", "P2": "E1002"}
    assert one_line(served.command("answer", "nothing", "--json"))["accepted"] is False
    stop = served.command("stop", "--json", "--operator", "Ada")
    assert (stop.returncode, one_line(stop)["accepted"]) == (0, True)
    code, last = run.end()
    assert (code, last["verdict"]) == (5, "stopped"), run.complaints
    assert not served.output_on("psu1")


def test_a_killed_engine_leaves_nothing_on_and_a_closed_journal(served: Workshop) -> None:
    run = served.start("--speed", "20")
    name = run.until("starting")["run"]
    run.until("switched_on")
    kill(served.status()["engine_pid"])
    code, last = run.end()
    assert (code, last["verdict"], last["run"]) == (6, "not_proven", name)
    assert not served.output_on("psu1")
    line = Ledger(Home(served.home).ledger_path).run_line(name)
    assert line is not None
    assert line.verdict is Verdict.NOT_PROVEN
    assert journal_kinds(served, name)[-1] == "run_closed"
    assert "guard_log" in journal_kinds(served, name)


def test_off_ends_a_run_whose_engine_hangs(served: Workshop) -> None:
    run = served.start("--speed", "20")
    run.until("switched_on")
    kill(served.status()["engine_pid"], signal.SIGSTOP)
    off = served.command("off", "--json")
    assert off.returncode == 0
    assert one_line(off)["supplies"] == [{"supply": name, "off": True, "why": ""} for name in ("psu1", "psu2")]
    assert run.end()[0] == 6


def test_what_a_power_cut_left_is_made_safe_closed_and_told_before_anything_else(served: Workshop) -> None:
    run = served.start("--speed", "20")
    name = run.until("starting")["run"]
    run.until("switched_on")
    seen = served.status()
    kill(seen["guard_pid"], signal.SIGSTOP)
    kill(seen["engine_pid"])
    kill(seen["guard_pid"])
    run.process.wait()
    left = served.status()
    assert (left["state"], left["run"], left["engine_pid"]) == ("idle", name, None)
    assert [place["output_on"] for place in left["positions"]] == [None, None]
    assert served.output_on("psu1")
    after = served.command(*served.words(temperature=None))  # refused, but only after the old one is closed
    lines = [json.loads(text) for text in after.stdout.splitlines()]
    assert after.returncode == 7
    assert "interrupted" in lines[0]["text"]
    assert "psu1: output off, proven." in [line.get("text") for line in lines]
    assert not served.output_on("psu1")
    line = Ledger(Home(served.home).ledger_path).run_line(name)
    assert line is not None
    assert line.verdict is Verdict.NOT_PROVEN
    assert served.status()["run"] is None


def test_ctrl_c_before_anything_was_started(workshop: Workshop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connection and never says a word
        workshop.bench.write_text(workshop.bench.read_text().replace("::9::", f"::{silent.getsockname()[1]}::"))
        run = workshop.start()
        with silent.accept()[0]:
            kill(run.process.pid, signal.SIGINT)
            code, last = run.end()
    assert (code, last["verdict"], last["run"]) == (5, "stopped", None)

"""Dialect files are found, and a broken one says where and how."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchctl.core.dialect.voice import (
    Dialect,
    Missing,
    Number,
    Operation,
    RegulationSource,
    ReplyFault,
    decode,
)
from benchctl.core.errors import FileFault
from benchctl.core.model import AbsenceReason, Known, Ocp, OvpKind, OvpSenses
from benchctl.edge.dialects import load_dialect, load_dialect_file, recognise, shipped_dialects
from benchctl.edge.shipped import shipped_folder


def spoiled(tmp_path: Path, name: str, old: str, new: str) -> FileFault:
    text = (shipped_folder("instruments") / f"{name}.toml").read_text()
    assert old in text
    path = tmp_path / f"{name}.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(FileFault) as fault:
        load_dialect_file(path)
    return fault.value


def test_a_dialect_is_loaded_once() -> None:
    assert load_dialect("rigol-dp800") is load_dialect("rigol-dp800")


def test_an_unknown_dialect_is_told_from_the_known() -> None:
    with pytest.raises(FileFault, match="rigol-dp800"):
        load_dialect("../../etc/passwd")


@pytest.mark.parametrize(
    ("answer", "dialect", "model", "serial"),
    [
        (b"RIGOL TECHNOLOGIES,DP811A,DP8D235000392,00.01.16\n", "rigol-dp800", "DP811A", "DP8D235000392"),
        (b"RIGOL TECHNOLOGIES,DP832,DP8C1,00.01.14.00.03\r\n", "rigol-dp800", "DP832", "DP8C1"),
        (b"KORADKA3005PV2.0\xbc", "korad-ka3005p", "KA3005P", ""),
        (b"KORAD KA3005P V5.8 SN:03379314\x00", "korad-ka3005p", "KA3005P", "03379314"),
        (b"HEWLETT-PACKARD,34970A,0,13-2-2\n", "keysight-34970a", "34970A", ""),
        (b"Keysight Technologies,34972A,MY12345678,1.01-1.00-01-0002\n", "keysight-34970a", "34972A", "MY12345678"),
        (b"Keysight Technologies,DAQ970A,MY58006426,A.03.02-01.00\n", "keysight-34970a", "DAQ970A", "MY58006426"),
    ],
)
def test_an_instrument_is_known_by_its_answer(answer: bytes, dialect: str, model: str, serial: str) -> None:
    found = recognise(answer)
    assert found is not None
    assert (found.dialect.name, found.model.name, found.identity.serial) == (dialect, model, serial)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"RIGOL TECHNOLOGIES,DP899,DP8C1,00.01.14\n",
        b"RIGOL TECHNOLOGIES,DP832,DP8C1,00.01.14",
        b"RIGOL TECHNOLOGIES,DP832,DP8C1,00.01.14\n\n",
        b"RIGOL TECHNOLOGIES,DP832,[@click=app.quit]x[/],00.01.14\n",
        b"KORADKA3005PV2.0KORADKA3005PV2.0",
        b"HEWLETT-PACKARD,34970A,0," + b"1" * 300 + b"\n",
    ],
)
def test_nobody_else_is_known(answer: bytes) -> None:
    assert recognise(answer) is None


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("gap_s = 0.0\n", 'gap_s = "0.0"\n', "timing.gap_s", "in quotes"),
        ("usbtmc = true", "usbtcm = true", "transport.usbtcm", "did you mean"),
        ("VOLT {value:.3f}", "VOLT {value:.3}", "settings.voltage.write", "number format"),
        ("VOLT {value:.3f}", "VOLT {volts:.3f}", "settings.voltage.write", "a hole"),
        ("VOLT {value:.3f}", "VOLT 14.6", "settings.voltage.write", "with a hole"),
        ("VOLT {value:.3f}", "{select}VOLT {value:.3f}", "settings.voltage.write", "a hole"),
        ('answer = "{voltage:.3f}"', 'answer = "{voltage:.3f},{x}"', "settings.voltage.answer", "one hole"),
        ('ask = ":SOUR{channel}:VOLT?"', 'ask = ":SOUR{chanel}:VOLT?"', "settings.voltage.ask", "a hole"),
        ("voltage = { write", "volts = { write", "settings.volts", "did you mean"),
        ("output = { on", "outptu = { on", "switches.outptu", "did you mean"),
        ('on = [":OUTP CH', 'an = [":OUTP CH', "switches.output.an", "known are"),
        ('ask = ":OUTP? CH{channel}", ', "", "switches.output", "neither"),
        ('[":OUTP CH{channel},ON"]', '[":OUTP CH{chanel},ON"]', "switches.output.on", "a hole"),
        ("(?P<firmware>[0-9.]{1,24})'", "(?P<firmware>[0-9.]{1,24}'", "identity.patterns[1]", "no regular expression"),
        ('measure_current = "current"', 'measure_current = "amps"', "queries.measure.answers.measure_current", "part"),
        ('"regulation" }', '"regulation{channel}" }', "queries.mode.answers", "each channel"),
        ("words.regulation = {", "words.regulatoin = {", "queries.mode.words.regulatoin", "no part of the answer"),
        ("[commands]\nremote", "[commands]\nlocal = { write = ['LOC'] }\nremote", "commands.local", "operation"),
        ('ocp = "level"', 'ocp = "fuse"', "traits.ocp", "trips_in_cc"),
        ("max_voltage_v = 20.0", "max_voltage_v = inf", "models.DP811.channels.1[1].max_voltage_v", "volts"),
        ("ovp_max_v = 22.0", "ovp_mx_v = 22.0", "models.DP811.channels.1[1].ovp_mx_v", "did you mean"),
        ("1-2 = [", "1-x = [", "models.DP832.channels.1-x", "1-3"),
        ("3 = [", "2 = [", "models.DP832.channels.2", "stands once"),
        ('variant = "dp811"', 'variant = "dp812"', "models.DP811.variant", "did you mean"),
        ('also = ["DP821A"]', 'also = ["DP811"]', "models.DP821", "a second time"),
    ],
)
def test_a_broken_file_names_line_and_key(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    fault = spoiled(tmp_path, "rigol-dp800", old, new)
    text = (shipped_folder("instruments") / "rigol-dp800.toml").read_text()
    found = [each for each in fault.complaints if each.key.startswith(key)]
    assert found, str(fault)
    assert any(words in each.sentence for each in found), str(fault)
    assert found[0].line is not None
    assert abs(found[0].line - text[: text.index(old)].count("\n") - 1) <= 1


def test_what_no_range_says_is_missing_from_each(tmp_path: Path) -> None:
    fault = spoiled(tmp_path, "rigol-dp800", "voltage_step_v = 0.01, ", "")
    missing = {each.key for each in fault.complaints if "is missing; would be volts" in each.sentence}
    assert {"models.DP811.channels.1[1].voltage_step_v", "models.DP821.channels.2[1].voltage_step_v"} <= missing
    assert "models.DP811A.channels.1[1].voltage_step_v" not in missing  # it has its own


def test_half_a_protection_is_none(tmp_path: Path) -> None:
    fault = spoiled(tmp_path, "rigol-dp800", "ovp_max_v = 22.0, ", "")
    assert "models.DP811.channels.1[1]: would have both ovp_min_v and ovp_max_v" in str(fault)


def test_an_accuracy_that_no_source_states_is_not_known(tmp_path: Path) -> None:
    stated = ", accuracy_percent = 0.05, accuracy_offset_v = 0.02"
    known = load_dialect("rigol-dp800").voice("DP832", 1).ability
    unknown = changed(tmp_path, (stated, "")).voice("DP832", 1).ability
    assert known is not None
    assert unknown is not None
    assert known.voltage_accuracy_v == pytest.approx(0.0273)
    assert unknown.voltage_accuracy_v is None


def test_a_variant_answers_otherwise_under_the_family_s_name(tmp_path: Path) -> None:
    fault = spoiled(tmp_path, "siglent-sdm3000", "SDM3045X.queries.measure]", "SDM3045X.queries.look]")
    assert "by the family's question measure" in str(fault)


def test_nothing_is_told_by_two_commands(tmp_path: Path) -> None:
    second = "[commands]\nset_ovp = { write = ['OVP {value:.3f}'], source = 'made up' }\n"
    fault = spoiled(tmp_path, "rigol-dp800", "[commands]\n", second)
    assert "settings.ovp.write: set_ovp is told by another command already" in str(fault)


def test_a_supply_that_cannot_be_switched_off_is_no_supply(tmp_path: Path) -> None:
    fault = spoiled(tmp_path, "korad-ka3005p", 'on = ["OUT1"], off = ["OUT0"]', 'on = ["OUT1"]')
    assert "output_off" in str(fault)


@pytest.mark.parametrize(
    ("what", "question"), [("ovp", "read_ovp_on"), ("ocp", "read_ocp_on"), ("sense", "read_sense")]
)
def test_a_switch_of_a_supply_that_nothing_asks_for_is_refused(tmp_path: Path, what: str, question: str) -> None:
    asked = f'ask = ":OUTP:{what.upper()[:4]}? CH{{channel}}", words = {{ ON = true, OFF = false }}, '
    (complaint,) = spoiled(tmp_path, "rigol-dp800", asked, "").complaints
    assert (complaint.key, complaint.sentence) == (
        f"switches.{what}",
        f"is told and cannot be read back; would have a question that answers {question} (a switch: `ask` and "
        "`words`), or be left out",
    )


@pytest.mark.parametrize(
    ("question", "key"),
    [("read_range", "variants.dp811.commands.configure"), ("read_ovp", "settings.ovp"), ("read_ocp", "settings.ocp")],
)
def test_a_range_or_a_level_that_some_models_cannot_be_asked_for_is_refused(
    tmp_path: Path, question: str, key: str
) -> None:
    variant = "[variants.dp811]\n"
    (complaint,) = spoiled(tmp_path, "rigol-dp800", variant, f'{variant}without = ["{question}"]\n').complaints
    assert complaint.key == key
    assert f"a question that answers {question} " in complaint.sentence


def test_a_supply_without_traits_is_no_supply(tmp_path: Path) -> None:
    fault = spoiled(tmp_path, "korad-ka3005p", '[order]\nraising = ["ovp_off"', '[oder]\nraising = ["ovp_off"')
    assert "order" in str(fault)


def test_a_question_of_many_channels_has_no_pattern_of_its_own(tmp_path: Path) -> None:
    fault = spoiled(tmp_path, "keysight-34970a", 'each = ","\n', "each = \",\"\npattern = '(.*)'\n")
    assert "no pattern" in str(fault)


def changed(tmp_path: Path, *changes: tuple[str, str], name: str = "rigol-dp800") -> Dialect:
    """A shipped file, written otherwise."""
    text = (shipped_folder("instruments") / f"{name}.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "changed.toml"
    path.write_text(text)
    return load_dialect_file(path).dialect


def test_a_fragment_is_said_by_the_models_that_have_it(tmp_path: Path) -> None:
    dialect = changed(
        tmp_path,
        ("\n\n[transport]", "\nfragments = { select = '' }\n\n[transport]"),
        ('ask = ":OUTP:OVP:VAL? CH{channel}"', 'ask = "{select}VOLT:PROT?"'),
        ('write = [":OUTP:OVP:VAL CH{channel},{value:.3f}"]', 'write = ["{select}VOLT:PROT {value:.3f}"]'),
        ("[models]\n", '[variants.dp832]\nfragments.select = "INST:NSEL {channel};:"\n\n[models]\n'),
        ("DP832 = { ", 'DP832 = { variant = "dp832", '),
    )
    two, one = dialect.voice("DP832", 2), dialect.voice("DP811", 1)
    assert two.ask(Operation.READ_OVP).exchange.write == b"INST:NSEL 2;:VOLT:PROT?\n"
    assert [each.write for each in two.tell(Operation.SET_OVP, 15.0)] == [b"INST:NSEL 2;:VOLT:PROT 15.000\n"]
    assert one.ask(Operation.READ_OVP).exchange.write == b"VOLT:PROT?\n"


def test_a_channel_that_an_answer_says_back_must_be_the_one_that_was_asked(tmp_path: Path) -> None:
    dialect = changed(tmp_path, ('answer = "{voltage:.3f}"', 'answer = "V{channel} {voltage:.3f}"'))
    ask = dialect.voice("DP832", 2).ask(Operation.READ_VOLTAGE)
    assert ask.exchange.reply is not None
    assert decode(ask.exchange.reply, b"V2 14.600\n")[ask.field] == Number(14.6, "14.600")
    with pytest.raises(ReplyFault):
        decode(ask.exchange.reply, b"V1 14.600\n")


STATUS = """
[queries.status]
write = ":SYST:STAT?"
answer = "{status}"
base = "hex"
flags = { output1 = 0x10, output2 = 0x20, output3 = 0x40 }
answers = { read_output = "output{channel}" }
source = "made up for this test"

[settings]"""
UNASKED = (', ask = ":OUTP? CH{channel}", words = { ON = true, OFF = false }', "")


def test_one_answer_tells_the_channels_apart(tmp_path: Path) -> None:
    dialect = changed(tmp_path, UNASKED, ("\n[settings]", STATUS))
    first, second = (dialect.voice("DP832", number).ask(Operation.READ_OUTPUT) for number in (1, 2))
    assert first.exchange.write == second.exchange.write == b":SYST:STAT?\n"
    assert first.exchange.reply is not None
    values = decode(first.exchange.reply, b"0x0014\n")
    assert (values[first.field], values[second.field]) == (True, False)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('base = "hex"\n', "", "queries.status.base"),
        ('answer = "{status}"', 'answer = "{status},{more}"', "queries.status.base"),
        ("0x40 }", "0x00 }", "queries.status.flags.output3"),
    ],
)
def test_a_status_is_one_integer_of_a_known_base(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(FileFault) as fault:
        changed(tmp_path, UNASKED, ("\n[settings]", STATUS.replace(old, new)))
    assert key in {each.key for each in fault.value.complaints}


def test_a_model_may_be_otherwise_than_its_family(tmp_path: Path) -> None:
    dialect = changed(
        tmp_path,
        ("[models]\n", '[variants.odd]\ntraits = { ocp = "none", sinks = "yes" }\n\n[models]\n'),
        ("DP832 = { ", 'DP832 = { variant = "odd", '),
    )
    own, family = dialect.voice("DP832", 1), dialect.voice("DP832A", 1)
    assert own.ability is not None
    assert family.ability is not None
    assert (own.ability.ocp, family.ability.ocp) == (Ocp.NONE, Ocp.LEVEL)
    assert own.ability is not None
    nature = own.ability.ovp_kind, own.ability.ovp_senses, own.ability.sinks
    assert nature == (OvpKind.UNKNOWN, OvpSenses.UNKNOWN, Known.YES)


def test_an_ovp_that_must_lie_above_the_voltage_cannot_be_set_lower_for_a_charge(tmp_path: Path) -> None:
    dialect = changed(tmp_path, ("ovp_min_v = 0.01,", "ovp_min_v = 0.01, ovp_above_set_percent = 5.0,"))
    ability = dialect.voice("DP811", 1).ability
    assert ability is not None
    assert ability.ovp_min_v == pytest.approx(15.33)


def test_a_scan_says_of_how_many_channels_it_is(tmp_path: Path) -> None:
    before = load_dialect("keysight-34970a").scan("34970A", [101, 102]).exchanges[-1].write
    text = (shipped_folder("instruments") / "keysight-34970a.toml").read_text()
    line = next(each for each in text.splitlines() if each.startswith("write = ") and "{channels}" in each)
    dialect = changed(tmp_path, (line, line.replace('"', '"SAMP:COUN {count};:', 1)), name="keysight-34970a")
    assert dialect.scan("34970A", [101, 102]).exchanges[-1].write == b"SAMP:COUN 2;:" + before


def test_a_family_may_have_its_own_word_for_out_of_range(tmp_path: Path) -> None:
    old = 'answer = "{voltage:.4f},{current:.4f},{power:.3f}"'
    dialect = changed(tmp_path, (old, old + ", overload.voltage = 1.0e9"))
    reply = dialect.voice("DP832", 1).ask(Operation.MEASURE_VOLTAGE).exchange.reply
    assert reply is not None
    assert decode(reply, b"-1E9,0.5,0\n")[0] == Missing(AbsenceReason.OVERLOAD, "-1E9")
    assert decode(reply, b"14.6,0.5,0\n")[0] == Number(14.6, "14.6")


def test_the_core_needs_no_reader_of_files() -> None:
    code = (
        "import sys, benchctl.core.dialect.voice\n"
        "print([m for m in ('pydantic', 'tomllib', 'pyvisa') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_shipped_file_loads() -> None:
    assert {"rigol-dp800", "korad-ka3005p", "keysight-34970a"} <= set(shipped_dialects())
    for name in shipped_dialects():
        assert load_dialect(name).name == name


INFERRED = ('ocp = "level"  ', 'regulation = "inferred"\nocp = "level"  ')


def without_mode(text: str) -> str:
    """The Rigol without its question for the mode."""
    spared = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("mode = "))
    examples = spared.split("[[examples]]")
    return "[[examples]]".join(each for each in examples if '"read_regulation"' not in each)


def test_a_supply_that_cannot_say_what_it_regulates_must_say_so(tmp_path: Path) -> None:
    path = tmp_path / "rigol-dp800.toml"
    path.write_text(without_mode((shipped_folder("instruments") / path.name).read_text()))
    with pytest.raises(FileFault, match="read_regulation"):
        load_dialect_file(path)


def test_regulation_may_be_inferred_where_there_is_no_question_for_it(tmp_path: Path) -> None:
    path = tmp_path / "rigol-dp800.toml"
    text = without_mode((shipped_folder("instruments") / path.name).read_text())
    assert INFERRED[0] in text
    path.write_text(text.replace(*INFERRED))
    dialect = load_dialect_file(path).dialect
    assert dialect.regulation is RegulationSource.INFERRED
    assert not dialect.voice("DP832", 1).can(Operation.READ_REGULATION)


def test_protections_have_their_own_steps_where_the_file_states_them(tmp_path: Path) -> None:
    path = tmp_path / "rigol-dp800.toml"
    text = (shipped_folder("instruments") / path.name).read_text()
    path.write_text(text.replace("ovp_max_v = 33.0,", "ovp_max_v = 33.0, ovp_step_v = 0.1, ocp_step_a = 0.05,"))
    voice = load_dialect_file(path).dialect.voice("DP832", 1)
    assert voice.tell(Operation.SET_OVP, 15.27)[0].write == b":OUTP:OVP:VAL CH1,15.200\n"
    assert voice.tell(Operation.SET_OCP, 1.12)[0].write == b":OUTP:OCP:VAL CH1,1.100\n"
    assert voice.tell(Operation.SET_VOLTAGE, 14.67)[0].write == b":SOUR1:VOLT 14.670\n"

"""What other people's drivers say to each family, literally, and what they must be answered.

Each list names the public driver or manual its strings are from. Nothing here is what benchctl itself sends.
"""

import pytest

from benchctl.sim.instrument import Instrument
from benchctl.sim.servers import Session
from benchctl.sim.single import SingleInstrument
from tests.sim.strangers import attached, load, source

SUPPLIES = [
    # PyMeasure keysight/keysightE36312A.py; qcodes_contrib Keysight_E36313A.py (channel lists behind everything)
    (
        "keysight-e36300",
        "E36312A",
        "VOLT 5, (@1);:CURR 2, (@1);:VOLT? (@1);:CURR? (@1)",
        "+5.00000000E+00;+2.00000000E+00",
    ),
    ("keysight-e36300", "E36312A", "OUTPut 1, (@1);OUTPut? (@1)", "1"),
    ("keysight-e36300", "E36312A", "source:voltage:level 3,(@1,2);:voltage? (@1,2)", "+3.00000000E+00,+3.00000000E+00"),
    ("keysight-e36300", "E36312A", "VOLT? MAX,(@2)", "+2.50000000E+01"),
    ("keysight-e36300", "E36312A", "INST CH2;:INST:SEL?;NSEL?;:APPL CH2,12,0.5;:APPL? CH2", 'CH2;+2;"12.000,0.500"'),
    ("keysight-e36300", "E36312A", "VOLT:PROT 14,(@2);PROT:STAT ON,(@2);:VOLT:PROT:LEV? (@2)", "+1.40000000E+01"),
    # python-ivi agilent/agilentE3600A.py and E3631A user's guide (selected by name; a third, negative output)
    ("keysight-e3631a", "E3631A", "instrument:nselect 2;:source:voltage:level 12.5;:inst:nsel?", "+2"),
    ("keysight-e3631a", "E3631A", "APPL P25V, 12.0, 0.5;:APPL? P25V", '"12.000000,0.500000"'),
    (
        "keysight-e3631a",
        "E3631A",
        "INST:SEL N25V;:VOLT -5;:INST?;:VOLT?;VOLT? MIN",
        "N25V;-5.00000000E+00;-2.50000000E+01",
    ),
    ("keysight-e3631a", "E3631A", "VOLT 5;OUTP:TRAC ON;:OUTP:TRAC?", "1"),
    ("keysight-e3631a", "E3634A", "VOLT:RANG HIGH;:VOLT:RANG?;:VOLT? MAX", "P50V;+5.00000000E+01"),
    # PyMeasure keysight/keysightN5767A.py; instro keysight_n5700.py
    ("keysight-n5700", "N5745A", ":VOLT 10 V;:CURR 2;:VOLT:PROT:LEV 12;:OUTP 1;:OUTP?;:MEAS:CURR?", "1;~1.0"),
    (
        "keysight-n5700",
        "N5745A",
        "VOLT 20;VOLT:PROT:LEV 10;:VOLT:PROT:LEV? MIN;:SYST:ERR?",
        '+2.100000E+01;-222,"Data out of range"',
    ),
    # R&S HMP: PyMeasure rohdeschwarz/hmp.py; qcodes_contrib private/HMP.py
    ("rs-hmp", "HMP4040", "INST OUT2;:INST?;:INST:NSEL?;:VOLT 5;:VOLT?;:VOLT? MAX", "OUTP2;2;5.000;32.000"),
    ("rs-hmp", "HMP4040", "INST:NSEL 1;:APPL 5, 1;:OUTPUT:SEL 1;:OUTP:GEN?;:MEAS:CURR?", "0;0.0000"),
    ("rs-hmp", "HMP4040", "INST:NSEL 1;:APPL 5, 1;:OUTP:SEL 1;GEN 1;GEN?;:MEAS:CURR?;:APPL?", "1;~0.5;5.000, 1.000"),
    # R&S NGE: sigrok scpi-pps profile; qcodes
    ("rs-nge", "NGE103B", "INST:NSEL 3;:VOLT 5;:OUTP ON;:OUTP?;:OUTP:MODE?;:VOLT:PROT:LEV? MAX", "1;CV;32.000"),
    # Siglent: instro siglent_spd3303.py, geissdoerfer/python-spd3303x, the quick start guide's long forms
    ("siglent-spd3303x", "SPD3303X-E", "CH1:VOLTage 5.000;:CH1:CURRent 1;:OUTPut CH1,ON;:SYSTem:STATus?", "0x0014"),
    (
        "siglent-spd3303x",
        "SPD3303X-E",
        "INST CH2;:INST?;:VOLT 3;:CH2:VOLT?;:OUTP CH3,OFF;:MEAS:POWE? CH2",
        "CH2;3.000;0.000",
    ),
    # PyMeasure siglenttechnologies/siglent_spdbase.py
    (
        "siglent-spd1000x",
        "SPD1168X",
        "*UNLOCK;CH1:VOLT 5;:MODE:SET 4W;:SYST:STAT?;:MODE:SET 2W;:SYST:STAT?",
        "0x0020;0x0000",
    ),
    # Rigol: instro rigol_dp800.py (ISUM), qcodes private/DP8xx.py, python-ivi rigolDP800.py, pydp832
    ("rigol-dp800", "DP832", ":SOUR2:VOLT 5;:SOUR2:CURR 1;:OUTP CH2,ON;:STAT:QUES:INST:ISUM2:COND?", "2"),
    (
        "rigol-dp800",
        "DP832",
        ":INSTrument:NSELect 1; :SOURce:VOLTage:LEVel:IMMediate:AMPLitude 5;:APPL? CH1,VOLT",
        "5.000",
    ),
    ("rigol-dp800", "DP832", ":SOUR1:VOLT:PROT 8;:SOUR1:VOLT:PROT:LEV?;:OUTP:OVP:VAL? CH1,MAX;*OPC?", "8.000;33.000;1"),
    ("rigol-dp2000", "DP932A", ":APPLy CH1,5,1;:OUTPut CH1,ON;:MEASure:VOLTage? CH1;:OUTPut:CVCC? CH1", "~5.0;CV"),
    # Aim-TTi: PyMeasure aimtti/aimttiPL.py, qcodes _AimTTi_PL_P.py, labmcp-bench-psu
    ("tti-cpx", "CPX400DP", "V1 5;I1 1;OP1 1;V1?;I1?;OP1?", "V1 5.00;I1 1.000;1"),
    ("tti-cpx", "CPX400DP", "V2V 3.3;v2?;OPALL 1;op2?;OPALL 0;OP2?", "V2 3.30;1;0"),
    ("tti-cpx", "CPX400DP", "V1 70;EER?;EER?;NONSENSE;EER?;*ESR?", "100;0;0;176"),
    # EA: instro ea_psb10000.py (lock, units)
    ("ea-ps9000", "PS 9080-60 T", "VOLT 5;:SYST:ERR?;:SYST:LOCK:OWN?", '-201,"Invalid while in local";NONE'),
    (
        "ea-ps9000",
        "PS 9080-60 T",
        "SYST:LOCK ON;:VOLT 5;CURR 1;:OUTP ON;:OUTP?;:SYST:LOCK:OWN?;:SYST:NOM:VOLT?",
        "ON;REMOTE;80.00V",
    ),
    (
        "ea-ps9000",
        "PS 9080-60 T",
        "SYST:LOCK:STAT 1;:SYST:LOCK OFF;:SYST:LOCK:OWN?;:VOLT 5;:SYST:ERR?",
        'NONE;-201,"Invalid while in local"',
    ),
    # PyMeasure keithley/keithley2260B.py, texio/texioPSW360L30.py
    ("gw-psw", "PSW30-36", ":APPly 5,1;:APPly?;:SOUR:VOLT?;:OUTPut:STATe:IMMediate ON", "+5.000,+1.000;+5.000"),
    ("gw-psw", "PSW30-36", ":SOURce:VOLTage:LEVel:IMMediate:AMPLitude 5;:OUTP 1;:MEASure:SCALar:ALL:DC?", "~5.0,~0.5"),
    # EEZ BB3 SCPI reference
    ("eez-bb3", "BB3", "APPL CH1,5,1;:OUTP ON,CH1;:MEAS:VOLT? CH1;:OUTP? (@1,2);:SOUR1:VOLT? MAX", "~5.0;1,0;40.000"),
    ("eez-bb3", "BB3", "SYST:COMM:RLST?;:SYST:REM;:SYST:COMM:RLST?;:SYST:LOC;:SYST:COMM:RLST?", '"LOC";"REM";"LOC"'),
    ("eez-bb3", "BB3", "SYST:COMM:RLST RWLock;:SYST:COMM:RLST?;:SYST:RWL;:SYST:COMM:RLST?", '"RWL";"RWL"'),
]

METERS = [
    # PyMeasure hp/hp34401A.py; instro agilent_a34401a.py; python-ivi agilent34401A.py
    (
        "keysight-34401a",
        "34401A",
        "CONF:VOLT:DC 10;:CONF?;:READ?",
        '"VOLT +1.00000000E+01,+1.00000000E-05";+9.90000000E+37',
    ),
    ("keysight-34401a", "34401A", "MEAS:VOLT:DC? DEF,DEF;:FUNC?;:ROUT:TERM?", '~13.2;"VOLT";FRON'),
    ("keysight-34401a", "34401A", "SAMP:COUN 2;:INIT;:FETC?;:DATA:POIN?", "~13.2,~13.2;+2"),
    (
        "keysight-34401a",
        "34401A",
        'FUNC "VOLT:AC";:FUNC?;:VOLT:DC:NPLC 1;:VOLT:DC:NPLC?;NPLC? MAX',
        '"VOLT:AC";~1.0;~200.0',
    ),
    # qcodes Keysight/private/Keysight_344xxA_submodules.py
    ("keysight-34461a", "34465A", 'SENSe:FUNCtion "VOLTage:DC";:SENSe:VOLTage:DC:RANGe 100;:READ?', "~13.2"),
    (
        "keysight-34461a",
        "34465A",
        "VOLT:RANG:AUTO OFF;:VOLT:RANG:AUTO?;:TRIG:SOUR BUS;:TRIG:SOUR?;:SYST:LFR?",
        "0;BUS;+50",
    ),
    # PyMeasure keithley/keithley2000.py; qcodes Keithley_2000.py
    (
        "keithley-2000",
        "2000",
        ":CONF:VOLT;:SENS:VOLT:RANG:AUTO 0;:SENS:VOLT:RANG 100;:READ?;:SENS:FUNC?",
        '~13.2;"VOLT:DC"',
    ),
    ("keithley-2000", "2000", "INIT:CONT 1;:INIT:CONT?;:SENSE:DATA:FRESH?;:STAT:QUE:NEXT?", '1;~13.2;0,"No error"'),
    # qcodes Keithley_6500.py, PyMeasure keithley/keithleyDMM6500.py (answers the function without quotes)
    ("keithley-dmm6500", "DMM6500", ":SENS:FUNC 'VOLT:DC';:SENS:FUNC?;:SENS:VOLT:NPLC?;:READ?", "VOLT:DC;1;~13.2"),
    ("keithley-dmm6500", "DMM6500", ':COUN 3;:TRAC:TRIG "defbuffer1";:TRAC:DATA? 1,2,"defbuffer1",READ', "~13.2,~13.2"),
    # PyMeasure keithley/keithleyDAQ6510.py, and the maker's own examples
    ("keithley-daq6510", "DAQ6510", ':ROUT:CLOS (@103);:ROUT:CLOS?;:READ? "defbuffer1",READ,CHAN', "(@103);~13.2,103"),
    (
        "keithley-daq6510",
        "DAQ6510",
        ":ROUT:SCAN:CRE (@101:102);:ROUT:SCAN:CRE?;:COUN 2;:INIT;:TRAC:ACT?",
        "(@101,102);2",
    ),
    # PythonEquipmentDrivers daq/_keithley_daq6510.py: answers of channels parted by ;, what is asked for in its order
    (
        "keithley-daq6510",
        "DAQ6510",
        'FUNC "VOLT:DC",(@101,102);:Sense:Function? (@101,102);:ROUT:SCAN (@101,102);SCAN?;:Route:scan:count:scan?',
        "VOLT:DC;VOLT:DC;(@101,102);1",
    ),
    (
        "keithley-daq6510",
        "DAQ6510",
        'ROUT:SCAN (@101:102);:INIT;:ROUT:SCAN:STAT?;:trace:data? 1, 2, "defbuffer1", chan,read',
        "SUCCESS;1;2;101,~13.2,102,~13.2",
    ),
    # Programs for the DAQ970A, and the DAQ973A's own answer to the last
    (
        "keysight-34970a",
        "DAQ970A",
        "CONF:VOLT:DC MIN,MIN,(@101:103);:ROUT:SCAN:SIZE?;:MEAS:VOLT:DC? AUTO,DEF, (@110)",
        "+3;~13.2",
    ),
    # PyMeasure keithley/keithley2700.py and the user's manual (elements)
    ("keithley-2700", "2700", "ROUT:CLOS (@102);CLOS?;:FORM:ELEM READ,CHAN;:READ?", "(@102);~13.2,102"),
    ("keithley-2700", "2700", "ROUT:MULT:CLOS (@101,105);CLOS?;OPEN (@101);CLOS?;:ROUT:OPEN:ALL", "(@101,105);(@105)"),
    # rf-bench-drivers-siglent sdm3000x.py
    (
        "siglent-sdm3000",
        "SDM3065X",
        "MEAS:VOLT:DC? AUTO;:CONF:VOLT:DC 20;:TRIG:SOUR IMM;:SAMP:COUN 1;:READ?",
        "~13.2;~13.2",
    ),
    # Rigol DM3058 programming guide: its own tongue
    (
        "rigol-dm3000",
        "DM3058",
        ":FUNCtion:VOLTage:DC;:MEASure:VOLTage:DC?;:CMDSET?;CMDSET AGILENT;:CMDSET?",
        "~13.2;RIGOL;AGILENT",
    ),
    # xdm1000 (PyPI): Owon
    ("owon-xdm1041", "XDM1041", "CONF:VOLT:DC 50;:RATE F;:MEAS?;:FUNC?", '~13.2;"VOLT"'),
    # RsInstrument over a socket
    ("rs-hmc8012", "HMC8012", "CONF:VOLT:DC 40V;:FETC?;:READ?", "~13.2;~13.2"),
    # PythonEquipmentDrivers multimeter/_fluke_8845a.py: L1, its own language and not the Fluke 45's
    ("fluke-8845a", "8846A", "L1;:CONF:VOLT;:FUNC?;:TRIG:SOUR IMM;:MEAS:VOLT:DC?", '"VOLT";~13.2'),
    ("fluke-8845a", "8845A", 'FUNC1 "VOLT:DC";:VOLT:DC:RANG 100;:SAMP:COUN 1;:READ?', "~13.2"),
    # 34970A command reference, examples
    (
        "keysight-34970a",
        "34970A",
        "CONF:VOLT:DC 100,0.001,(@103,101);:ROUT:SCAN?;:INIT;FETC?",
        "#210(@101,103);~13.2,~13.2",
    ),
    ("rigol-m300", "M300", "ROUT:MON (@101);:ROUT:MON?;:SYST:CTYP? 100", "(@101);RIGOL TECHNOLOGIES,MC3120,0,1.0"),
]


def matches(said: str, expected: str) -> bool:
    """`~5.0` stands for a reading within 0.05 of it."""
    parts, wanted = ([each.split(",") for each in text.split(";")] for text in (said, expected))
    if [len(each) for each in parts] != [len(each) for each in wanted]:
        return False
    pairs = [pair for one, other in zip(parts, wanted, strict=True) for pair in zip(one, other, strict=True)]
    return all(abs(float(got) - float(want[1:])) < 0.05 if want[:1] == "~" else got == want for got, want in pairs)


def ask(session: Session, line: str) -> str:
    return session.handle(line.encode() + b"\n").decode("latin-1").rstrip("\r\n")


def drive(single: SingleInstrument, line: str) -> tuple[str, bool]:
    """The answer, and whether an error is left in the queue that the line has not asked for."""
    said = ask(single.connect(), line)
    assert isinstance(single.instrument, Instrument)
    return said, int(single.instrument.status.count()) > 0


@pytest.mark.parametrize(("dialect", "model", "sent", "answered"), SUPPLIES)
def test_a_supply_understands_other_peoples_drivers(dialect: str, model: str, sent: str, answered: str) -> None:
    said, errors = drive(load(dialect, model, ohms=10.0), sent)
    assert matches(said, answered), said
    assert not errors


@pytest.mark.parametrize(("dialect", "model", "sent", "answered"), METERS)
def test_a_meter_understands_other_peoples_drivers(dialect: str, model: str, sent: str, answered: str) -> None:
    said, errors = drive(source(dialect, model, volts=13.2), sent)
    assert matches(said, answered), said
    assert not errors


@pytest.mark.parametrize(("limit_a", "volts", "amps", "mode"), [("2", 10.0, 1.0, "CV"), ("0.5", 5.0, 0.5, "CC")])
def test_a_resistor_draws_what_it_must_within_the_limit(limit_a: str, volts: float, amps: float, mode: str) -> None:
    session = load("rigol-dp800", "DP832", ohms=10.0).connect()
    said = ask(session, f":APPL CH1,10,{limit_a};:OUTP CH1,ON;:MEAS? CH1;:MEAS:CURR? CH1;:OUTP:MODE? CH1").split(";")
    assert [float(said[0]), float(said[1])] == pytest.approx([volts, amps], abs=0.02)
    assert said[2] == mode


def test_the_outputs_of_a_supply_do_not_touch_each_other() -> None:
    session = load("rs-hmp", "HMP4040", ohms=10.0).connect()
    ask(session, "INST OUT1;:VOLT 5;:OUTP:SEL ON;:INST OUT2;:VOLT 12;:OUTP:GEN ON")
    assert matches(ask(session, "INST OUT1;:MEAS:VOLT?;:INST OUT2;:MEAS:VOLT?;:OUTP:SEL?"), "~5.0;~0.0;0")


def test_connections_share_the_settings_and_the_error_queue() -> None:
    instrument = load("keysight-e36300", "E36312A", ohms=10.0)
    first, second = instrument.connect(), instrument.connect()
    assert ask(first, "VOLT 4;FOO") == ""
    assert ask(second, "VOLT?;:SYST:ERR?;:SYST:ERR?") == '+4.00000000E+00;-113,"Undefined header";+0,"No error"'


def test_what_hangs_on_a_meter_can_be_a_resistor() -> None:
    session = load("keysight-34461a", "34461A", ohms=47.0).connect()
    assert matches(ask(session, "MEAS:RES?;:MEAS:VOLT?"), "~47.0;~0.0")


def test_a_reset_forgets_what_was_only_kept() -> None:
    session = source("keithley-2000", "2000", volts=13.2).connect()
    assert ask(session, ":SENS:VOLT:NPLC 1;NPLC?;*RST;:SENS:VOLT:NPLC?") == "1;10"


def test_every_model_can_do_all_that_its_family_table_says() -> None:
    for each in attached():
        assert isinstance(each, Instrument)
        for form in each.understood:
            assert callable(each.verb(form.verb))

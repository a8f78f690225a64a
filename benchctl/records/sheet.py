"""A record as a technician reads it: plain text, at most 80 columns. Every text in it is safe to print."""

from collections.abc import Iterator, Mapping
from textwrap import wrap

from benchctl.core.journal.chain import Json
from benchctl.core.text import safe_text
from benchctl.core.view.fields import Fields

WIDTH = 80
_LABEL = 13
_RULE = "=" * WIDTH
UNKNOWN = "not known"


def render_text(record: Mapping[str, Json]) -> str:
    """The whole record. What is missing is said in words, never left out and never zero."""
    sheet = Fields(record)
    lines = [
        *_top(sheet),
        *_match(sheet),
        *_passports(sheet),
        *_batteries(sheet),
        *_bench(sheet),
        *_course(sheet),
        *_foot(sheet),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


# ---------------------------------------------------------------- small parts


def _item(label: str, text: str | None) -> Iterator[str]:
    """A label and its text, wrapped beside it."""
    body = wrap(text or UNKNOWN, WIDTH - _LABEL, break_on_hyphens=False) or [UNKNOWN]
    if len(label) >= _LABEL:
        yield safe_text(label, WIDTH)
        label = ""
    yield f"{label:<{_LABEL}}{body[0]}"
    yield from (" " * _LABEL + line for line in body[1:])


def _said(text: str, indent: str = "") -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def _title(text: str) -> Iterator[str]:
    shown = safe_text(text, WIDTH)
    yield from ("", shown, "-" * len(shown))


def _number(value: float | None, digits: int, unit: str) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f} {unit}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return UNKNOWN
    hours, rest_s = divmod(round(seconds), 3600)
    return f"{hours} h {rest_s // 60:02d} min" if hours else f"{rest_s} s"


def _wall(moment: Fields) -> str | None:
    text = moment.text("wall")
    return None if text is None else _clock_of(text)


def _clock_of(text: str | None) -> str:
    """`2026-03-01 18:00:05+00:00`: to the second, in the text's own offset."""
    if text is None:
        return UNKNOWN
    day, _, clock = text.replace(" ", "T", 1).partition("T")
    whole, dot, rest = clock.partition(".")
    return f"{day} {whole}{rest.lstrip('0123456789') if dot else ''}"


# ---------------------------------------------------------------- top


def _top(sheet: Fields) -> Iterator[str]:
    program = f"benchctl {safe_text(sheet.text('benchctl') or UNKNOWN, 40)}"
    yield f"{'ACCEPTANCE RECORD':<{WIDTH - len(program)}}{program}"
    yield _RULE
    for line in sheet.texts("headline"):
        yield from _said(line)
    if sheet.texts("headline"):
        yield ""
    yield from _verdict(sheet)
    bank = sheet.part("bank")
    yield ""
    yield from _item("Run", sheet.text("run"))
    yield from _item(
        "Bank", f"{bank.text('name')}: {bank.whole('series')} in series, {bank.whole('parallel')} parallel"
    )
    yield from _item("Bench", sheet.part("bench").text("name"))
    yield from _item("Started", _wall(sheet.part("started")))
    yield from _item("Ended", _wall(sheet.part("ended")) or sheet.text("ended_note"))
    yield from _item("Operator", sheet.text("operator") or sheet.text("operator_note"))
    yield from _item("Procedure", sheet.part("procedure").text("title"))
    yield from _item("", f"SHA-256 {sheet.part('procedure').text('sha256')}")
    yield from _item("Permit", " ".join((_stop(sheet.part("permit").text("permit")), *_reasons(sheet.part("permit")))))
    declared_c = sheet.part("temperature").number("declared_c")
    yield from _item("Temperature", "not declared" if declared_c is None else f"{declared_c:g} degrees C, as declared")
    for number, remark in enumerate(sheet.texts("remarks")):
        yield from _item("" if number else "Remarks", remark)


def _reasons(permit: Fields) -> tuple[str, ...]:
    return permit.texts("reasons")


def _stop(text: str | None) -> str:
    return "" if not text else f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _verdict(sheet: Fields) -> Iterator[str]:
    verdict = sheet.text("verdict")
    yield from _item("VERDICT", (verdict or "none yet").upper().replace("_", " "))
    for reason in sheet.texts("journalled_reasons") or (sheet.text("verdict_note") or "",):
        yield from _item("", reason) if reason else ()
    if sheet.truth("disputed"):
        yield from _item("", f"The journal says {sheet.text('journalled')}. That is not proven:")
    elif verdict == "approved":
        yield from _item("", "Computed again from the readings alone: they prove it.")
    elif sheet.texts("objections"):
        yield from _item("", "Computed again from the readings alone, this stands against approval:")
    for sentence in _standing_out(sheet):
        yield from _said(f"- {sentence}", " " * _LABEL)


def _standing_out(sheet: Fields) -> tuple[str, ...]:
    """Every objection to a disputed approval; otherwise those of the bank, for each battery has its own below."""
    objections = sheet.texts("objections")
    if sheet.truth("disputed"):
        return objections
    of_batteries = {sentence for battery in sheet.parts("batteries") for sentence in battery.texts("missing")}
    bad = [battery.text("serial") or UNKNOWN for battery in sheet.parts("batteries") if not battery.truth("proven")]
    named = (f"Not proven, see below: {', '.join(bad)}.",) if bad else ()
    return (*named, *(sentence for sentence in objections if sentence not in of_batteries))


# ---------------------------------------------------------------- match and batteries


def _match(sheet: Fields) -> Iterator[str]:
    yield from _title("Match")
    match = sheet.part("match")
    if not match.body:
        yield from _said(sheet.text("match_note") or UNKNOWN)
        return
    yield from _item("Spread", _sum(match))
    yield from _item("Scanned", f"{_wall(match.part('at'))}, in {_number(match.number('length_s'), 0, 's')}")
    yield from _item("Meters", ", ".join(match.texts("meters")) or None)
    for drift in match.parts("drifts"):
        yield from _item("Read again", _drift(drift))
    for scan in sheet.parts("scans")[:-1]:
        yield from _item("Earlier", _earlier(scan))


def _drift(drift: Fields) -> str:
    """A meter held by hand reads its first battery once more at the end."""
    first, again = (_number(drift.number(name), 4, "V") for name in ("first_v", "again_v"))
    word = "within" if drift.truth("within") else "NOT within"
    limit = f"{word} {_number(drift.number('limit_v'), 4, 'V')}" if drift.truth("settled") else "it had not settled"
    return f"{drift.text('serial')} by {drift.text('meter')}, first {first}, at the end {again}: {limit}"


def _sum(match: Fields) -> str:
    together_v, limit_v = match.number("together_v"), match.number("limit_v")
    if together_v is None:
        return match.text("spread_note") or UNKNOWN
    parts = (
        f"{_number(match.number('spread_v'), 4, 'V')} + uncertainty {_number(match.number('uncertainty_v'), 4, 'V')}"
    )
    word = "within" if match.truth("within") else "NOT within"
    return f"{parts} = {together_v:.4f} V, {word} the limit of {_number(limit_v, 3, 'V')}"


def _earlier(scan: Fields) -> str:
    outliers = ", ".join(scan.texts("outliers"))
    named = f"; named: {outliers}" if outliers else ""
    return f"{_wall(scan.part('at'))}: spread {_number(scan.number('spread_v'), 4, 'V')}{named}"


def _passports(sheet: Fields) -> Iterator[str]:
    passport = sheet.part("passport")
    if not passport.parts("strings"):
        return
    yield from _title(f"Passport, as of {_clock_of(passport.text('at'))}")
    for string in passport.parts("strings"):
        yield from _item(f"String {string.whole('string')}", _worth(string))
        yield from _item("", f"{', '.join(string.texts('serials'))}, in this order of places")
    wired = passport.part("commissioned")
    if wired.body:
        yield from _item("After wiring", f"{_clock_of(wired.text('wall'))}, {wired.text('meter')}")
        for check in wired.parts("checks"):
            yield from _item("", _check(check))
    for objection in wired.texts("objections"):
        yield from _said(f"- {objection}", " " * _LABEL)


def _worth(string: Fields) -> str:
    state, until = (string.text("state") or UNKNOWN).upper(), f"until {_clock_of(string.text('until'))}"
    approved = f"approved {_clock_of(string.text('approved'))}"
    note = string.text("note")
    return f"{state}, {approved}, {until}" + (f"; {note}" if note else "")


def _check(check: Fields) -> str:
    least, most = check.number("least_v"), check.number("most_v")
    limits = UNKNOWN if least is None or most is None else f"{least:.2f} to {most:.2f} V"
    return f"{check.text('what')}: {_number(check.number('read_v'), 3, 'V')} (right: {limits})"


def _batteries(sheet: Fields) -> Iterator[str]:
    for battery in sheet.parts("batteries"):
        yield from _title(f"Battery {battery.text('serial')}{'' if battery.truth('proven') else ' (not proven)'}")
        yield from _item("Is", _kind(battery))
        yield from _charged(battery)
        yield from _item("Taper", _taper(battery))
        yield from _item("Rest", _rest(battery))
        yield from _item("Rested at", _verifying(battery))
        for sentence in battery.texts("missing"):
            yield from _said(f"- {sentence}", " " * _LABEL)


def _kind(battery: Fields) -> str:
    made = battery.text("manufactured") or "date not stated"
    rated = f"{_number(battery.number('amp_hours'), 0, 'Ah')} {battery.text('chemistry')}"
    return f"{battery.text('brand')} {battery.text('model')}, {rated}, made: {made}"


def _charged(battery: Fields) -> Iterator[str]:
    sessions = battery.parts("sessions")
    if not sessions:
        yield from _item("Charged", battery.text("charged_note"))
        return
    times = f" in {len(sessions)} charges" if len(sessions) > 1 else ""
    yield from _item("Charged", f"{_number(battery.number('charged_ah'), 2, 'Ah')}{times}")
    for session in sessions:
        yield from _item("", _session(session))
        if session.part("joined").body:
            yield from _item("", _joined(session, battery.text("serial") or ""))


def _session(session: Fields) -> str:
    end = _wall(session.part("end")) or "never proven off"
    set_v = _number(session.part("settings").number("voltage_v"), 2, "V")
    took = f"{_number(session.number('amp_hours'), 2, 'Ah')}, peak {_number(session.number('peak_a'), 2, 'A')}"
    return f"{session.text('position')} {_wall(session.part('start'))} to {end}, {took}, set to {set_v}"


def _joined(session: Fields, serial: str) -> str:
    """What was charged as one, and what this battery of it showed alone."""
    joined, others = session.part("joined"), [one for one in session.texts("batteries") if one != serial]
    before, after = (_number(joined.part(f"alone_{when}_v").number(serial), 3, "V") for when in ("before", "after"))
    what = f"joined in parallel with {', '.join(others)}, all together; what each took is not known"
    return f"{what}. Alone it stood at {before} before, and soon after at {after}"


def _taper(battery: Fields) -> str:
    taper = battery.part("taper")
    if not taper.body or not taper.truth("proven"):
        return battery.text("taper_note") or UNKNOWN
    amps = f"{_number(taper.number('current_a'), 3, 'A')} (limit {_number(taper.number('limit_a'), 3, 'A')})"
    return f"{amps} at {_number(taper.number('battery_v'), 3, 'V')}, held {_span(taper.number('held_s'))}"


def _rest(battery: Fields) -> str:
    rest = battery.part("rest")
    if not rest.body:
        return battery.text("rest_note") or UNKNOWN
    slope = rest.number("slope_v_per_h")
    curve = f"{1000 * slope:+.1f} mV/h" if slope is not None else rest.text("slope_note") or UNKNOWN
    again = "; ".join(f"begun again {_wall(one.part('at'))}: {one.text('why')}" for one in rest.parts("begun_again"))
    return f"{_span(rest.number('age_at_reading_s'))} when read; {curve}" + (f"; {again}" if again else "")


def _verifying(battery: Fields) -> str:
    reading = battery.part("verifying")
    if not reading.body:
        return battery.text("verifying_note") or UNKNOWN
    serial = reading.text("meter_serial") or "serial not known"
    volts = reading.number("voltage_v")
    middle = f"{volts:.4f} V" if volts is not None else battery.text("verifying_note") or UNKNOWN
    return f"{middle}, median of {len(reading.parts('readings'))} by {reading.text('meter')} ({serial})"


# ---------------------------------------------------------------- bench, course, foot


def _bench(sheet: Fields) -> Iterator[str]:
    yield from _title("Bench")
    for one in sheet.parts("instruments"):
        known = " ".join(part for part in (one.text("maker"), one.text("model")) if part)
        who = known or one.text("identity_note") or UNKNOWN
        numbers = f"serial {one.text('serial') or UNKNOWN}, firmware {one.text('firmware') or UNKNOWN}"
        yield from _item(one.text("name") or "", f"{who}, {numbers}; {_calibration(one)}")
    for place in sheet.parts("positions"):
        yield from _item(place.text("name") or "", _place(place))


def _calibration(instrument: Fields) -> str:
    words = {"in calibration": "in calibration", "overdue": "calibration OVERDUE"}
    due = f" (due {instrument.text('calibration_due')})" if instrument.text("calibration_due") else ""
    return words.get(instrument.text("calibration") or "", "calibration not stated") + due


def _place(place: Fields) -> str:
    settings = place.part("settings")
    ovp = _number(settings.number("ovp_v"), 2, "V") if settings.number("ovp_v") is not None else "none"
    ocp = _number(settings.number("ocp_a"), 2, "A") if settings.number("ocp_a") is not None else "none"
    delay_s = settings.number("watchdog_s")
    watchdog = "none" if delay_s is None else _number(delay_s, 0, "s")
    armed = f"OVP {ovp}, OCP {ocp}, watchdog {watchdog}" if settings.body else place.text("settings_note") or UNKNOWN
    ohm = place.number("lead_ohm")
    lead = place.text("lead_note") or UNKNOWN if ohm is None else f"leads {1000 * ohm:.1f} mOhm"
    return f"{armed}; isolation {place.text('isolation')}; sense {place.text('sense')}; {lead}"


def _course(sheet: Fields) -> Iterator[str]:
    lines = [*_alarms(sheet), *_prompts(sheet), *_texts(sheet, "interruptions"), *_texts(sheet, "notes")]
    holds = [
        f"{_wall(one.part('at'))}  {one.text('serial')} held, round {one.whole('round')}"
        for one in sheet.parts("holds")
    ]
    if lines or holds:
        yield from _title("What happened on the way")
    for line in (*holds, *lines):
        yield from _said(line)


def _alarms(sheet: Fields) -> Iterator[str]:
    for alarm in sheet.parts("alarms"):
        place = alarm.text("position") or "the bench"
        yield f"{_wall(alarm.part('at'))}  alarm {alarm.text('alarm')} at {place}: {alarm.text('text')}"


def _prompts(sheet: Fields) -> Iterator[str]:
    for prompt in sheet.parts("prompts"):
        itself = "read by itself" if prompt.truth("by_itself") else None
        who = ", ".join(filter(None, (itself, prompt.text("operator")))) or "no name given"
        end = f"done {_wall(prompt.part('closed'))} ({who})" if prompt.truth("done") else "not answered"
        yield f"{_wall(prompt.part('asked'))}  {prompt.text('text')} {end}"


def _texts(sheet: Fields, name: str) -> Iterator[str]:
    for one in sheet.parts(name):
        yield f"{_wall(one.part('at'))}  {one.text('text')}"


def _foot(sheet: Fields) -> Iterator[str]:
    journal = sheet.part("journal")
    yield from _title("Journal")
    yield from _item("Rows", f"{journal.whole('rows')}, {'unaltered' if journal.truth('sound') else 'ALTERED'}")
    yield from _item("Last hash", journal.text("last_hash"))
    yield from _item("Digest", sheet.text("digest"))

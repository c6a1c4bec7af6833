"""How often Python Jinja2 renders the reminder in a second, for comparison on the same machine.

Takes the seconds of each measurement. Prints two lines of two numbers each, by the clock and by the processor's time: compile
and render; render compiled. Then what it rendered.
"""

import datetime
import decimal
import json
import pathlib
import sys
import time

import jinja2
from babel.dates import format_date
from babel.numbers import format_currency

folder = pathlib.Path(__file__).parent
source = (folder / "reminder.html").read_text()
context = json.loads((folder / "reminder.json").read_text(), parse_float=decimal.Decimal)


def environment():
    environment = jinja2.Environment(autoescape=True, cache_size=0)
    environment.filters["currency"] = lambda amount, locale: format_currency(
        amount, "USD", locale=locale.replace("-", "_")
    )
    environment.filters["date"] = lambda day, locale: format_date(
        datetime.date.fromisoformat(day), "long", locale=locale.replace("-", "_")
    )
    return environment


def rates(work, seconds):
    work()
    start, busy, times = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < seconds:
        work()
        times += 1
    return times / (time.perf_counter() - start), times / (time.process_time() - busy)


env = environment()
compiled = env.from_string(source)
seconds = float(sys.argv[1])
print(*rates(lambda: env.from_string(source).render(context), seconds))
print(*rates(lambda: compiled.render(context), seconds))
sys.stdout.write(compiled.render(context))

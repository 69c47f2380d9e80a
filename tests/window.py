"""Reads windows for a test, as a screen reader does. Each line of standard input has a process and perhaps a
pattern; the answer is what the process's window has in sight: a line for each element, with its role and
its name, and "(focused)" where the keys go. With a pattern only once a line matches, or after 60 s.
The answer's last line is "seen" or "not in sight"."""

import re
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

WAIT_SECS = 60
POLL_SECS = 0.1

# They have the text of what is in them.
WHOLE = (Atspi.Role.LIST_ITEM, Atspi.Role.PUSH_BUTTON, Atspi.Role.LABEL, Atspi.Role.SCROLL_BAR)


def application(pid):
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    for i in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(i)
        if child and child.get_process_id() == pid:
            return child
    return None


def show(element, states):
    focused = " (focused)" if states.contains(Atspi.StateType.FOCUSED) else ""
    return f"{element.get_role_name()} {element.get_name()}{focused}"


def elements(parent):
    for i in range(parent.get_child_count()):
        child = parent.get_child_at_index(i)
        states = child and child.get_state_set()
        if not states or not states.contains(Atspi.StateType.VISIBLE):
            continue
        yield show(child, states)
        if child.get_role() not in WHOLE:
            yield from elements(child)


def in_sight(pid):
    try:
        found = application(pid)
        return list(elements(found)) if found else []
    except GLib.Error:  # an element has gone meanwhile
        return []


def answer(pid, pattern):
    end = time.monotonic() + WAIT_SECS
    while True:
        lines = in_sight(pid)
        seen = any(re.search(pattern, line) for line in lines)
        if seen or time.monotonic() > end:
            return [*lines, "seen" if seen else "not in sight"]
        time.sleep(POLL_SECS)


for query in sys.stdin:
    pid, pattern = query.rstrip("\n").split(" ", 1)
    print(*answer(int(pid), pattern), sep="\n", flush=True)

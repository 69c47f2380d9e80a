#!/usr/bin/python3
# usage: tests/window.py PROCESS FILE
#
# Reads a window as a screen reader does, through the accessibility bus, again and again until its
# process ends. FILE has what is visible then, an object a line: its role and its name, for an entry
# also its text, and a * where the focus is.
import os
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def visible(above):
    for i in range(above.get_child_count()):
        it = above.get_child_at_index(i)
        if it and it.get_state_set().contains(Atspi.StateType.VISIBLE):
            yield it
            yield from visible(it)


def line_of(it):
    line = it.get_role_name() + ": " + it.get_name()
    if it.get_role() == Atspi.Role.TEXT:
        line += ": " + Atspi.Text.get_text(it, 0, -1)
    if it.get_state_set().contains(Atspi.StateType.FOCUSED):
        line = "*" + line
    return line.replace("\n", " ") + "\n"


def application(process):
    desktop = Atspi.get_desktop(0)
    for i in range(desktop.get_child_count()):
        it = desktop.get_child_at_index(i)
        if it and it.get_process_id() == process:
            return it
    return None


def look(process, path):
    it = application(process)
    if it:
        lines = [line_of(each) for each in visible(it)]
        with open(path + ".new", "w", encoding="utf-8") as out:
            out.writelines(lines)
        os.replace(path + ".new", path)


def main(process, path):
    Atspi.init()
    while os.path.exists(f"/proc/{process}"):
        Atspi.get_desktop(0).clear_cache()
        try:
            look(process, path)
        except GLib.Error:
            pass  # an object has gone meanwhile
        time.sleep(0.1)


main(int(sys.argv[1]), sys.argv[2])

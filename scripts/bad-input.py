#!/usr/bin/env python3
"""Gives foliosync every kind of bad input and prints what it said: given, said, exit code, rows kept.

usage: bad-input.py FOLIOSYNC [CASE ...]      FOLIOSYNC is the program; exits 1 if a row was lost or a case went well
                                              that must not. Needs root for the full disk.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HEADER = ("Date Opened,Time Opened,Opening Price,Legs,Premium,Closing Price,Date Closed,Time Closed,Avg. Closing Cost,"
          "Reason For Close,P/L,No. of Contracts,Funds at Close,Margin Req.,Strategy,Opening Commissions + Fees,"
          "Closing Commissions + Fees\n")
ROW = ("2024-01-0{n},09:35:00,4800.5,1 Jan 5 4800 P STO 2.50,250,4810,2024-01-0{n},15:30:00,50,Expired,{pl},1,10200,5000,"
       "Puts,1.5,1.5\n")
GOOD = HEADER + "".join(ROW.format(n=n, pl=197) for n in range(1, 6))


def is_running(pid):
    """Whether the process still does anything: one that nobody waited for stays listed when it is dead."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Desk:
    """A data folder and a folder of blocks, the first of which is good and synced."""

    def __init__(self, program):
        self.program = program
        self.home = tempfile.mkdtemp(prefix="foliosync-bad-")
        self.data, self.blocks = os.path.join(self.home, "data"), os.path.join(self.home, "blocks")
        os.mkdir(self.blocks)
        for name in ("good", "fine", "bad"):
            self.write(name, "tradelog.csv", GOOD)
        self.run("connect", "add", "tradelog", "--label", "logs", "--set", "path=" + self.blocks)
        self.run("sync")

    def path(self, *names):
        return os.path.join(self.blocks, *names)

    def write(self, block, file, text):
        os.makedirs(self.path(block), exist_ok=True)
        with open(self.path(block, file), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())

    def run(self, *args):
        done = subprocess.run([self.program, "--data-dir", self.data, *args], capture_output=True, text=True, timeout=120)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return done.returncode, [line for line in lines if not line.startswith("Syncing ")]

    def rows(self, block):
        sql = f"SELECT count(*) FROM trades.trade_data WHERE block_id = '{block}'"
        code, lines = self.run("query", sql, "--format", "json")
        return json.loads(lines[0])["rows"][0][0] if code == 0 else None

    def server(self):
        with open(os.path.join(self.data, "serve.json")) as f:
            return json.load(f)["pid"]

    def stop_server(self):
        pid = self.server()
        os.kill(pid, signal.SIGTERM)
        while is_running(pid):
            time.sleep(0.02)

    def close(self):
        try:
            self.stop_server()
        except (OSError, ValueError):
            pass
        shutil.rmtree(self.home, ignore_errors=True)


def bad(text, file="tradelog.csv"):
    return lambda desk: desk.write("bad", file, text)


def symlink_loop(desk):
    shutil.rmtree(desk.path("bad"))
    os.symlink("bad", desk.path("bad"))


def odd_names(desk):
    for name in ("with spaces", "my.strategy", "it's \"quoted\"", "emoji 🚀"):
        desk.write(name, "tradelog.csv", GOOD)


def not_a_folder(desk):
    shutil.rmtree(desk.path("bad"))
    os.symlink("/dev/null", desk.path("bad"))


def long_line(desk):
    with open(desk.path("bad", "tradelog.csv"), "wb") as f:
        f.write(HEADER.encode())
        for _ in range(200):
            f.write(b"9" * 1_000_000)


def root_gone(desk):
    shutil.move(desk.blocks, desk.blocks + ".away")


# what was given, how, the blocks whose rows must still be there, the exit code that is right
CASES = {
    "empty file": (bad(""), ["good", "bad"], 1),
    "header only, over stored rows": (bad(HEADER), ["good", "bad"], 1),
    "binary file named .csv": (bad(bytes(range(256)) * 40), ["good", "bad"], 1),
    "200 MB single line": (long_line, ["good", "bad"], 1),
    "unterminated quote": (bad(GOOD + '2024-01-08,09:35:00,1,"never closed,1\n'), ["good", "bad"], 1),
    "mixed line ends": (bad(GOOD.replace("\n", "\r\n", 3)), ["good", "bad"], 0),
    "UTF-16": (bad(GOOD.encode("utf-16")), ["good", "bad"], 1),
    "Latin-1 bytes in a row": (bad((GOOD + ROW.format(n=8, pl=1)).replace("Puts", "Pütz", 1).encode("latin-1")), ["good", "bad"], 0),
    "duplicate headers": (bad(GOOD.replace("Closing Price", "Opening Price", 1)), ["good", "bad"], 1),
    "missing required column": (bad(GOOD.replace("Date Opened", "Day", 1)), ["good", "bad"], 1),
    "2024-02-30": (bad(GOOD + ROW.format(n=8, pl=1).replace("2024-01-08,09", "2024-02-30,09")), ["good", "bad"], 0),
    "1,234.5 and $1,234": (bad(GOOD + ROW.format(n=8, pl='"1,234.5"') + ROW.format(n=9, pl='"$1,234"')), ["good", "bad"], 0),
    "NaN P/L": (bad(GOOD + ROW.format(n=8, pl="NaN")), ["good", "bad"], 0),
    "NaN P/L with --strict": (bad(GOOD + ROW.format(n=8, pl="NaN")), ["good", "bad"], 1),
    "a block that is no folder": (not_a_folder, ["good"], 1),
    "symlink loop": (symlink_loop, ["good", "bad"], 1),
    "the whole folder gone": (root_gone, ["good", "bad"], 1),
    "names with spaces, dots, quotes, emoji": (odd_names, ["good", "bad", "my.strategy"], 0),
    "two files of one kind": (bad(GOOD, "another.csv"), ["good", "bad"], 0),
}


def folder_cases(program, wanted):
    for name, (spoil, kept, right) in CASES.items():
        if wanted and name not in wanted:
            continue
        desk = Desk(program)
        spoil(desk)
        code, said = desk.run("sync", "logs", *(["--strict"] if "--strict" in name else []))
        lost = [block for block in kept if not desk.rows(block)]
        yield name, said, code, lost, right
        desk.close()


def refused_database(program, name, spoil, undo=lambda desk: None):
    """A database that cannot be opened: the message, and whether its rows are there once it can."""
    desk = Desk(program)
    desk.stop_server()
    spoil(desk)
    before = open(os.path.join(desk.data, "foliosync.duckdb"), "rb").read()
    code, said = desk.run("sync")
    after = open(os.path.join(desk.data, "foliosync.duckdb"), "rb").read()
    undo(desk)
    lost = [] if before == after else ["the file was changed"]
    if not lost and desk.rows("good") != 5:
        lost = ["good"]
    desk.close()
    return name, said, code, lost, 1


def corrupt_cases(program):
    def database(desk):
        return os.path.join(desk.data, "foliosync.duckdb")

    def corrupt(desk):
        shutil.copy(database(desk), database(desk) + ".saved")
        with open(database(desk), "r+b") as f:
            f.write(os.urandom(4096))

    def restore(desk):
        shutil.move(database(desk) + ".saved", database(desk))

    yield refused_database(program, "corrupt database file", corrupt, restore)

    held = {}

    def hold(desk):
        other = os.path.join(desk.home, "other")
        os.mkdir(other, 0o700)
        os.link(database(desk), os.path.join(other, "foliosync.duckdb"))
        held["it"] = subprocess.Popen([program, "--data-dir", other, "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(os.path.join(other, "serve.json")):
            time.sleep(0.02)

    def let_go(_):
        held["it"].terminate()
        held["it"].wait()

    yield refused_database(program, "database owned by another process", hold, let_go)


def full_disk(program):
    desk = Desk(program)
    desk.stop_server()
    disk = os.path.join(desk.home, "disk")
    os.mkdir(disk)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", disk], check=True)
    try:
        shutil.copytree(desk.data, os.path.join(disk, "data"))
        desk.data = os.path.join(disk, "data")
        for n in range(40):
            noise = (os.urandom(60).hex() for _ in range(5000))
            rows = "".join(ROW.format(n=1 + i % 9, pl=i).replace("Puts", text) for i, text in enumerate(noise))
            desk.write(f"big-{n:02}", "tradelog.csv", HEADER + rows)
        code, said = desk.run("sync")
        lost = [] if desk.rows("good") == 5 else ["good"]
        subprocess.run(["mount", "-o", "remount,size=500m", disk], check=True)
        again, _ = desk.run("sync")
        if again or desk.rows("big-39") != 5000:
            lost.append("sync after there was room")
        yield "disk full (12 MB tmpfs), then enlarged", said, code, lost, 1
        desk.stop_server()
    finally:
        subprocess.run(["umount", "-l", disk])
        desk.close()


def main(program, wanted):
    wrong = 0
    cases = [folder_cases(program, wanted)]
    if not wanted:
        cases += [corrupt_cases(program), full_disk(program)]
    for case in cases:
        for name, said, code, lost, right in case:
            verdict = "rows kept" if not lost else "LOST: " + ", ".join(lost)
            wrong += bool(lost) or code != right
            print(f"{name}\n  exit {code}{'' if code == right else f' INSTEAD OF {right}'}, {verdict}")
            for line in said[:6]:
                print("  | " + line.strip()[:400])
    print(f"\n{wrong} cases went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(os.path.abspath(sys.argv[1]), sys.argv[2:]))

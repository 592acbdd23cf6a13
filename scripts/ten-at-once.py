#!/usr/bin/env python3
"""Runs ten commands at once on one data folder that no server serves, kills the server under them, and prints what each
said.

usage: ten-at-once.py FOLIOSYNC
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HEADER = "Date Opened,Time Opened,Legs,Premium,Date Closed,Avg. Closing Cost,P/L,No. of Contracts,Strategy\n"
COMMANDS = [
    ["sync"], ["status"], ["query", "SELECT count(*) AS trades FROM trades.trade_data"], ["connect", "list"], ["sync", "logs"],
    ["verify"], ["doctor"], ["status"], ["sync", "--rehash"], ["query", "SELECT count(*) AS runs FROM sync.runs"],
]


def write_blocks(folder):
    for n in range(60):
        block = os.path.join(folder, f"block-{n:02}")
        os.makedirs(block)
        with open(os.path.join(block, "tradelog.csv"), "w") as f:
            f.write(HEADER)
            for i in range(1500):
                f.write(f"2025-{1 + i % 12:02}-{1 + i % 28:02},09:{i % 60:02}:00,leg {i},100,2025-12-31,50,50,1,Puts\n")


def server(data):
    try:
        with open(os.path.join(data, "serve.json")) as f:
            return json.load(f)["pid"]
    except (OSError, ValueError):
        return None


def main(program):
    home = tempfile.mkdtemp(prefix="foliosync-ten-")
    data, blocks = os.path.join(home, "data"), os.path.join(home, "blocks")
    write_blocks(blocks)
    subprocess.run([program, "--data-dir", data, "connect", "add", "tradelog", "--label", "logs", "--set", "path=" + blocks],
                   check=True, stdout=subprocess.DEVNULL)
    os.kill(server(data), signal.SIGKILL)
    running = [subprocess.Popen([program, "--data-dir", data, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
               for command in COMMANDS]
    dead, killed = server(data), []
    deadline = time.monotonic() + 60
    while len(killed) < 2 and time.monotonic() < deadline and any(p.poll() is None for p in running):
        pid = server(data)
        if pid and pid != dead and pid not in killed:
            time.sleep(0.15)
            try:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            except ProcessLookupError:
                pass
        time.sleep(0.01)
    codes = []
    for command, process in zip(COMMANDS, running):
        said, _ = process.communicate(timeout=120)
        lines = [line for line in said.splitlines() if line.strip() and not line.startswith("Syncing ")]
        codes.append(process.returncode)
        print(f"foliosync {' '.join(command)}\n  exit {process.returncode}")
        for line in lines[:3] + (["…"] if len(lines) > 4 else []) + lines[max(3, len(lines) - 1):]:
            print("  | " + line)
    print(f"\nservers killed meanwhile: {len(killed)}")
    counted = subprocess.run([program, "--data-dir", data, "query", "SELECT count(*) FROM trades.trade_data", "--format", "json"],
                             capture_output=True, text=True)
    print("trades in the end:", json.loads(counted.stdout)["rows"][0][0], "of", 60 * 1500)
    os.kill(server(data), signal.SIGTERM)
    shutil.rmtree(home, ignore_errors=True)
    return 0 if all(code == 0 for code in codes) else 1


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])) if len(sys.argv) == 2 else __doc__)

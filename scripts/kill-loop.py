#!/usr/bin/env python3
"""Kills the server with -9 at random moments of many syncs, then proves that nothing was lost and nothing doubled.

Each round changes random blocks (of 100) and market files, starts `foliosync sync`, kills the server somewhere on the
way, and waits for the sync, which must end well: it starts a server again and goes on. At the end the same folders are
synced undisturbed into a second data folder, and every row of every data table is compared.

    scripts/kill-loop.py target/debug/foliosync [--kills 300] [--seed 1] [--keep]

Exit code 0: everything is equal. 1: it is not, or a command failed. Only processes that it started are killed: servers
of its own temporary data folders.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BLOCKS = 100
PAGE = 5_000
# What differs between two syncs of the same files: whose rows they are, when they were read, and how often.
INCOMPARABLE = {"connection_id", "synced_at", "sync_version", "corrected_at"}
# What was before is history; the undisturbed sync has none.
HISTORY = {"market.corrections"}


class Program:
    def __init__(self, binary, root, data):
        self.binary, self.data = binary, data
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("FOLIOSYNC_", "XDG_"))}
        self.environment = {**clean, "HOME": str(root), "FOLIOSYNC_DATA_DIR": str(data)}

    def start(self, *args):
        return subprocess.Popen([self.binary, *args], env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, *args):
        process = self.start(*args)
        out, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            raise SystemExit(f"FAILED: foliosync {' '.join(args)} ended with {process.returncode}:\n{out}")
        return out

    def rows(self, sql):
        answer = json.loads(self.run("query", sql, "--format", "json"))
        if answer["truncated"]:
            raise SystemExit(f"FAILED: {sql} was cut off: {answer['truncated']}")
        return answer["rows"]

    def server(self):
        try:
            return json.loads((self.data / "serve.json").read_text())["pid"]
        except (OSError, ValueError, KeyError):
            return None

    def kill(self):
        pid = self.server()
        # The file may outlive its server, and the pid may come round again: it must be ours.
        try:
            if pid and str(self.data) in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGKILL)
                return True
        except (OSError, ValueError):
            pass
        return False


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.rename(path)


def write_block(folder, rng):
    trades, days = [], {}
    for nth in range(rng.randint(20, 120)):
        date = f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        pl = rng.randint(-50_000, 50_000) / 100
        days[date] = round(days.get(date, 0) + pl, 2)
        trades.append(f"{date},{rng.randint(9, 15):02}:{nth % 60:02}:00,5000.5,1 P {4000 + nth} STO 1.25,125,{date},"
                      f"15:00:00,0,Expired,{pl},1,Some strategy,1.5,1.25")
    header = ("Date Opened,Time Opened,Opening Price,Legs,Premium,Date Closed,Time Closed,Avg. Closing Cost,"
              "Reason For Close,P/L,No. of Contracts,Strategy,Opening Commissions + Fees,Closing Commissions + Fees")
    write(folder / "tradelog.csv", "\n".join([header, *trades]) + "\n")
    if rng.random() < 0.5:
        value, lines = 100_000, ["Date,Net Liquidity,P/L"]
        for date in sorted(days):
            value = round(value + days[date], 2)
            lines.append(f"{date},{value},{days[date]}")
        write(folder / "dailylog.csv", "\n".join(lines) + "\n")


def write_market(path, rng):
    lines = ["time,open,high,low,close"]
    for day in range(200):
        at = 1_735_828_200 + day * 86_400
        lines.append(",".join([str(at), *(f"{rng.uniform(100, 110):.2f}" for _ in range(4))]))
    write(path, "\n".join(lines) + "\n")


def change(root, rng):
    """Rewrites some blocks, now and then removes one or brings one back, and rewrites a market file."""
    for nth in rng.sample(range(BLOCKS), rng.randint(1, 12)):
        folder = root / "blocks" / f"block-{nth:03}"
        if folder.exists() and rng.random() < 0.05:
            shutil.rmtree(folder)
        else:
            write_block(folder, rng)
    if rng.random() < 0.3:
        write_market(root / "market" / f"m{rng.randint(0, 4)}.csv", rng)


def connect(program, root):
    program.run("connect", "add", "tradelog", "--label", "blocks", "--set", f"path={root}/blocks")
    program.run("connect", "add", "market_csv", "--label", "market", "--set", f"path={root}/market")


def tables(program):
    sql = ("SELECT schema_name, table_name, column_name FROM duckdb_columns() "
           "WHERE schema_name IN ('trades', 'market') ORDER BY 1, 2, column_index")
    found = {}
    for schema, table, column in program.rows(sql):
        if column not in INCOMPARABLE:
            found.setdefault(f"{schema}.{table}", []).append(column)
    return {table: columns for table, columns in found.items() if table not in HISTORY}


def comparable(cell):
    """Whether a file was old enough to be trusted when it was read is about the reading, not about the file."""
    return re.sub(r'"is_proof":(true|false)', '"is_proof":"-"', cell) if isinstance(cell, str) else cell


def contents(program, table, columns):
    listed = ", ".join(f'"{column}"' for column in columns)
    rows = []
    while True:
        page = program.rows(f"SELECT {listed} FROM {table} ORDER BY ALL LIMIT {PAGE} OFFSET {len(rows)}")
        rows += [[comparable(cell) for cell in row] for row in page]
        if len(page) < PAGE:
            return rows


def compare(disturbed, undisturbed):
    wrong = 0
    for table, columns in tables(undisturbed).items():
        one, other = contents(disturbed, table, columns), contents(undisturbed, table, columns)
        if one == other:
            print(f"  equal   {table}: {len(one)} rows")
            continue
        wrong += 1
        print(f"  DIFFERS {table}: {len(one)} rows after the kills, {len(other)} undisturbed")
        have, want = ({json.dumps(row) for row in rows} for rows in (one, other))
        for what, rows in (("only after the kills", have - want), ("only undisturbed", want - have)):
            for row in sorted(rows)[:3]:
                print(f"    {what}: {row[:300]}")
    open_runs = disturbed.rows("SELECT count(*) FROM sync.runs WHERE outcome IS NULL")[0][0]
    doubled = disturbed.rows("SELECT count(*) - count(DISTINCT cursor) FROM sync.run_events")[0][0]
    for count, what in ((open_runs, "runs without an end"), (doubled, "doubled lines of the log")):
        if count:
            wrong += 1
            print(f"  WRONG   {count} {what}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--kills", type=int, default=300, help="kills that hit a sync before the verdict")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the folders in place")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    root = pathlib.Path(tempfile.mkdtemp(prefix="foliosync-kill-"))
    binary = str(pathlib.Path(args.binary).resolve())
    program, second = Program(binary, root, root / "data"), Program(binary, root, root / "second")
    print(f"seed {args.seed}, until {args.kills} kills hit a sync, in {root}", flush=True)
    try:
        for nth in range(BLOCKS):
            write_block(root / "blocks" / f"block-{nth:03}", rng)
        for nth in range(5):
            write_market(root / "market" / f"m{nth}.csv", rng)
        connect(program, root)
        begun, nth, kills, hits = time.monotonic(), 0, 0, 0
        usual = 0.15
        while hits < args.kills:
            nth += 1
            change(root, rng)
            sync, started = program.start("sync", *rng.choice([[], ["--rehash"]])), time.monotonic()
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                time.sleep(rng.uniform(0, usual))
                kills += program.kill()
            out, _ = sync.communicate(timeout=300)
            took = time.monotonic() - started
            if sync.returncode != 0:
                raise SystemExit(f"FAILED in round {nth}: the sync ended with {sync.returncode}:\n{out}")
            if "restarted on the way" in out:
                hits += 1
            else:
                # Only a sync that was left alone tells how long one takes.
                usual = min(0.8 * usual + 0.2 * took, 0.5)
            if nth % 20 == 0 or hits == args.kills:
                print(f"round {nth}: {kills} servers killed, {hits} syncs hit, {time.monotonic() - begun:.0f} s", flush=True)
        program.run("sync")
        connect(second, root)
        second.run("sync")
        wrong = compare(program, second)
        print("EQUAL: nothing lost, nothing doubled" if wrong == 0 else f"NOT EQUAL: {wrong} differences")
        return 1 if wrong else 0
    finally:
        program.kill()
        second.kill()
        if args.keep:
            print(f"everything is in {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

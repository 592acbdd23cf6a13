#!/usr/bin/env python3
"""Moves a DuckDB file of a million rows into PostgreSQL, kills the move with -9 twice on the way, and compares both sides.

usage: migrate-show.py FOLIOSYNC POSTGRES [--blocks 500] [--trades 2000]

POSTGRES is the address of a server where databases can be made: postgres://postgres@127.0.0.1:5432. The file is filled by
foliosync itself, from a folder of trade logs. Exit code 0: both sides are equal. 1: they are not.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HEADER = "Date Opened,Time Opened,Legs,Premium,P/L,No. of Contracts,Funds at Close,Margin Req.,Strategy"
ASKED = [
    "SELECT count(*), sum(pl), sum(premium), min(date_opened)::text, max(date_opened)::text FROM trades.trade_data",
    "SELECT count(*), sum(occurrence), sum(source_line) FROM trades.trade_data",
    "SELECT count(*), max(cursor) FROM sync.run_events",
    "SELECT count(*), count(DISTINCT block_id) FROM trades._sync_metadata",
]


def fill(folder, blocks, trades):
    for block in range(blocks):
        path = os.path.join(folder, f"block-{block:04}")
        os.makedirs(path)
        with open(os.path.join(path, "tradelog.csv"), "w", encoding="utf-8") as file:
            file.write(HEADER + "\n")
            for nth in range(trades):
                day = f"20{10 + nth % 15}-{1 + nth % 12:02}-{1 + (nth + block) % 28:02}"
                file.write(f"{day},{9 + nth % 6:02}:{nth % 60:02}:00,1 SPX {6000 + nth % 500} P STO {nth % 7}.25,"
                           f"{nth % 900}.{block % 100:02},{(nth * 37) % 2000 - 1000}.{nth % 100:02},{1 + nth % 9},"
                           f"{100000 + nth},{1000 * (1 + nth % 9)},Strategy {block % 7}\n")


def psql(url, sql):
    return subprocess.run(["psql", url, "-qAt", "-F", ",", "-c", sql], capture_output=True, text=True, check=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("postgres")
    parser.add_argument("--blocks", type=int, default=500)
    parser.add_argument("--trades", type=int, default=2000)
    args = parser.parse_args()
    root = tempfile.mkdtemp(prefix="foliosync-migrate-")
    data = os.path.join(root, "data")
    environment = {**os.environ, "FOLIOSYNC_DATA_DIR": data, "HOME": root, "FOLIOSYNC_LISTEN": "127.0.0.1:0"}
    fill(os.path.join(root, "blocks"), args.blocks, args.trades)
    run = lambda *words: subprocess.run([args.binary, *words], env=environment, capture_output=True, text=True, check=True).stdout
    server = subprocess.Popen([args.binary, "serve"], env={**environment, "FOLIOSYNC_SCHEDULES": "false"},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(os.path.join(data, "serve.json")):
        time.sleep(0.1)
    run("connect", "add", "tradelog", "--label", "blocks", "--set", f"path={root}/blocks")
    begun = time.monotonic()
    run("sync")
    # No header, and numbers as the database has them.
    ask = lambda sql: run("query", sql, "--format", "csv").splitlines()[1].strip()
    before = [ask(sql) for sql in ASKED]
    server.send_signal(signal.SIGTERM)
    server.wait()
    size = os.path.getsize(os.path.join(data, "foliosync.duckdb")) / 1e6
    print(f"{args.blocks * args.trades} rows of trades are in a file of {size:.0f} MB ({time.monotonic() - begun:.1f} s)")

    name = f"foliosync_migrate_{os.getpid()}"
    psql(f"{args.postgres}/postgres", f"CREATE DATABASE {name}")
    url = f"{args.postgres}/{name}"
    begun = time.monotonic()
    try:
        for kill in (1, 2):
            moving = subprocess.Popen([args.binary, "migrate", "--to", url], env=environment, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True)
            wanted = args.blocks * args.trades * kill // 3
            copied = 0
            for line in moving.stderr:
                found = re.match(r"trades\.trade_data: (\d+) of", line)
                copied = int(found[1]) if found else copied
                if copied >= wanted:
                    break
            moving.kill()
            moving.wait()
            there = psql(url, "SELECT count(*) FROM trades.trade_data")
            noted = psql(url, "SELECT next FROM sync.moving WHERE name = 'trades.trade_data'")
            print(f"kill {kill} after {copied} rows: {there} are there, and noted is {noted}")
            refused = subprocess.run([args.binary, "worker", "--store", url], env=environment, capture_output=True, text=True)
            print(f"  a worker there: exit {refused.returncode}, {refused.stderr.strip().splitlines()[-1].strip()[:110]}")
        moved = subprocess.run([args.binary, "migrate", "--to", url], env=environment, capture_output=True, text=True)
        print(moved.stdout + moved.stderr if moved.returncode else moved.stdout)
        print(f"three attempts in {time.monotonic() - begun:.1f} s")
        after = [psql(url, sql) for sql in ASKED]
        equal = True
        for sql, here, there in zip(ASKED, before, after):
            plain = lambda row: [re.sub(r"(\.\d*?)0+$", r"\1", cell).rstrip(".") if "." in cell else cell for cell in row.split(",")]
            same = plain(here) == plain(there)
            equal = equal and same
            print(f"{'equal' if same else 'DIFFERENT'}: {sql}\n  {here}" + ("" if same else f"\n  {there}"))
    finally:
        psql(f"{args.postgres}/postgres", f"DROP DATABASE {name} WITH (FORCE)")
    sys.exit(0 if equal and moved.returncode == 0 else 1)


if __name__ == "__main__":
    main()

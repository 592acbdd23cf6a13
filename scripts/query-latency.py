#!/usr/bin/env python3
"""How long a small query takes, through the API and through MCP, at rest and while a sync commits 100,000 rows.

usage: query-latency.py FOLIOSYNC [--blocks 50] [--trades 2000] [--rounds 3]

Every way asks one query after the other, all ways at the same time while a sync runs. Prints a table of p50 and p99 in
milliseconds, how old the answers' rows were, and how long the sync took with and without anybody asking.
"""

import argparse
import datetime
import http.client
import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import threading
import time

SQL = "SELECT block_id, count(*), sum(pl) FROM trades.trade_data GROUP BY block_id ORDER BY ALL LIMIT 5"
HEADER = ("Date Opened,Time Opened,Opening Price,Legs,Premium,Date Closed,Time Closed,Avg. Closing Cost,Reason For Close,P/L,"
          "No. of Contracts,Strategy,Opening Commissions + Fees,Closing Commissions + Fees\n")


def write_blocks(folder, blocks, trades, seed):
    chance = random.Random(seed)
    for block in range(blocks):
        path = folder / f"block-{block:03}"
        path.mkdir(parents=True, exist_ok=True)
        rows, day = [], datetime.date(2020, 1, 1)
        for nth in range(trades):
            day += datetime.timedelta(days=nth % 3 == 0)
            rows.append(f"{day},{9 + nth % 6:02}:{nth % 60:02}:00,5000.5,1 P {4000 + nth} STO 1.25,125,{day},15:00:00,0,Expired,"
                        f"{chance.randint(-500, 500)}.25,1,Test,1.5,1.25\n")
        beside = path / "tradelog.csv.new"
        beside.write_text(HEADER + "".join(rows))
        beside.rename(path / "tradelog.csv")


class Api:
    name = "API over HTTP"

    def __init__(self, address, token):
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def ask(self):
        self.connection.request("POST", "/api/query", json.dumps({"sql": SQL}), self.headers)
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        return body["snapshot"]["ageMs"]


class McpHttp(Api):
    name = "MCP over HTTP"

    def __init__(self, address, token):
        super().__init__(address, token)
        self.headers |= {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}

    def ask(self):
        self.connection.request("POST", "/mcp", json.dumps(call(1)), self.headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, text
        lines = [line[6:] for line in text.splitlines() if line.startswith("data: ") and len(line) > 6] or [text]
        return age(json.loads(lines[-1]))


class McpStdio:
    name = "MCP over stdio"

    def __init__(self, program, environment):
        self.process = subprocess.Popen([program, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "latency", "version": "1"}}
        self.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})
        self.process.stdout.readline()
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        self.nth = 0

    def send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def ask(self):
        self.nth += 1
        self.send(call(self.nth))
        while True:
            answer = json.loads(self.process.stdout.readline())
            if answer.get("id") == self.nth:
                return age(answer)


def call(nth):
    arguments = {"name": "run_sql", "arguments": {"sql": SQL}}
    return {"jsonrpc": "2.0", "id": nth, "method": "tools/call", "params": arguments}


def age(answer):
    result = answer["result"]
    assert not result.get("isError"), result
    return result["structuredContent"]["data"]["snapshot"]["ageMs"]


def keep_asking(way, until, times, ages):
    while not until():
        begun = time.perf_counter()
        old = way.ask()
        times.append((time.perf_counter() - begun) * 1e3)
        ages.append(old)


def ask_all(ways, until):
    found = [([], []) for _ in ways]
    threads = [threading.Thread(target=keep_asking, args=(way, until, *lists)) for way, lists in zip(ways, found)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--blocks", type=int, default=50)
    parser.add_argument("--trades", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    program = os.path.abspath(args.program)
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        environment = {"PATH": os.environ["PATH"], "HOME": str(root), "FOLIOSYNC_DATA_DIR": str(root / "data"),
                       "FOLIOSYNC_LISTEN": "127.0.0.1:0", "FOLIOSYNC_SCHEDULES": "false"}
        run = lambda *words: subprocess.run([program, *words], env=environment, check=True, capture_output=True, text=True).stdout
        write_blocks(root / "blocks", args.blocks, args.trades, 0)
        serving = subprocess.Popen([program, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not (root / "data/serve.json").exists():
                time.sleep(0.05)
            address = json.loads((root / "data/serve.json").read_text())["listen"]
            token = run("token", "add", "--label", "latency", "--scope", "read").strip()
            run("connect", "add", "tradelog", "--label", "blocks", "--set", f"path={root / 'blocks'}")
            ways = [Api(address, token), McpHttp(address, token), McpStdio(program, environment)]
            alone = []
            for nth in range(args.rounds):
                write_blocks(root / "blocks", args.blocks, args.trades, 100 + nth)
                begun = time.perf_counter()
                run("sync", "blocks")
                alone.append(time.perf_counter() - begun)
            print(f"{args.blocks * args.trades} rows in {args.blocks} blocks, replaced by each sync\n")
            print(f"{'':<16}{'at rest':>22}{'':>4}{'while a sync commits':>38}")
            print(f"{'':<16}{'p50':>8}{'p99':>8}{'asked':>8}{'p50':>12}{'p99':>8}{'asked':>8}{'oldest rows':>14}")
            [way.ask() for way in ways]
            rest = []
            for way in ways:
                end = time.monotonic() + 3
                rest += ask_all([way], lambda: time.monotonic() > end)
            found, beside = [([], []) for _ in ways], []
            for nth in range(args.rounds):
                write_blocks(root / "blocks", args.blocks, args.trades, 200 + nth)
                begun = time.perf_counter()
                syncing = subprocess.Popen([program, "sync", "blocks"], env=environment, stdout=subprocess.DEVNULL)
                for kept, new in zip(found, ask_all(ways, lambda: syncing.poll() is not None)):
                    kept[0].extend(new[0])
                    kept[1].extend(new[1])
                beside.append(time.perf_counter() - begun)
            cell = lambda times, share: f"{sorted(times)[int(len(times) * share)]:.1f} ms"
            for way, (quiet, _), (busy, ages) in zip(ways, rest, found):
                print(f"{way.name:<16}{cell(quiet, .5):>9}{cell(quiet, .99):>9}{len(quiet):>6}"
                      f"{cell(busy, .5):>13}{cell(busy, .99):>10}{len(busy):>5}{max(ages) / 1e3:>12.1f} s")
            print(f"\nthe sync: {statistics.median(alone):.2f} s alone, {statistics.median(beside):.2f} s while all three ask")
            ways[-1].process.stdin.close()
        finally:
            serving.terminate()
            serving.wait()


if __name__ == "__main__":
    main()

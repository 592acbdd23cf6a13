#!/usr/bin/env python3
"""Prints what clients of `POST /api/sync` are told, line by line: 120 symbols with a batch that fails, a client that
comes back, clients that share a sync, a sync of which everything fails, and a server that is stopped in the middle.

usage: ndjson.py FOLIOSYNC SIMULATOR

SIMULATOR is the example `sim` of the simulator's package. Exit code 0: every sum is right. 1: one is not.
"""

import json
import sys
import threading

import live

SYMBOLS = [f"SYM{nth:05}" for nth in range(1, 121)]


def short(line):
    """A line with the list of its items cut."""
    told = json.loads(line)
    items = told.get("items")
    if items and len(items) > 2:
        more = f"… and {len(items) - 2} more"
        told["items"] = [*items[:2], more]
    return json.dumps(told, ensure_ascii=False)


def follow(program, path, method="POST", body=None, until=None):
    lines = []
    for line in program.stream(method, path, body):
        lines.append(json.loads(line))
        print("  " + short(line), flush=True)
        if until and until(lines):
            break
    return lines


def check(wrong, holds, what):
    print(("  ok     " if holds else "  WRONG  ") + what)
    wrong.append(what) if not holds else None


def main(binary, simulator):
    wrong = []
    sim = live.Simulator(simulator, "--symbols", "200", "--no-limits")
    program = live.Program(binary, sim)
    try:
        program.serve()
        fmp = program.connect("fmp", "prices", plan="ultimate")
        program.watch(SYMBOLS)
        quotes = {"connections": [fmp], "streams": ["quotes"]}
        for _ in program.stream("POST", "/api/sync"):
            pass

        print("\n# 120 symbols, the third batch answers 500 each time")
        sim.fault("fmp", {"kind": "status", "code": 500}, {"query_contains": "SYM00075"})
        lines = follow(program, "/api/sync", body=quotes)
        sim.clear()
        end = lines[-1]
        check(wrong, end["type"] == "complete" and end["updated"] + end["failed"] == 120 and end["failed"] == 30,
              f"updated {end.get('updated')} + failed {end.get('failed')} = 120")

        print("\n# everything fails: last_synced does not move")
        before = program.ask("GET", "/api/sync/status")["lastSynced"]
        sim.fault("fmp", {"kind": "status", "code": 503}, {})
        follow(program, "/api/sync", body=quotes)
        sim.clear()
        after = program.ask("GET", "/api/sync/status")["lastSynced"]
        check(wrong, before == after, f"lastSynced {before} before, {after} after")

        print("\n# a client that leaves after the second line and comes back with its cursor")
        sim.fault("fmp", {"kind": "slow", "milliseconds": 150}, {})
        seen = follow(program, "/api/sync", body=quotes, until=lambda lines: len(lines) == 2)
        print("  (gone)")
        sync, cursor = seen[-1]["sync"], seen[-1]["cursor"]
        rest = follow(program, f"/api/sync/{sync}/events?after={cursor}", method="GET")
        batches = [line["batch"] for line in seen + rest if line["type"] == "progress"]
        check(wrong, batches == sorted(set(batches)) and rest[-1]["type"] == "complete",
              f"every batch told once: {batches}")

        print("\n# two clients on one connection, and a third asking for another")
        ecb = program.connect("ecb", "rates")
        told = {}

        def client(name, body):
            told[name] = [json.loads(line) for line in program.stream("POST", "/api/sync", body)]

        clients = [threading.Thread(target=client, args=args) for args in
                   (("first", quotes), ("second", quotes), ("third", {"connections": [ecb]}))]
        [one.start() for one in clients]
        [one.join() for one in clients]
        for name in ("first", "second", "third"):
            print(f"  {name}:")
            for line in told[name]:
                print("    " + short(json.dumps(line)))
        runs = {name: {line["run"] for line in lines if line["run"]} for name, lines in told.items()}
        check(wrong, runs["first"] == runs["second"] and not runs["first"] & runs["third"],
              f"runs {runs}: the first two share one")

        print("\n# the server is told to stop (SIGTERM) in the middle")
        sim.fault("fmp", {"kind": "slow", "milliseconds": 400}, {})
        lines, stopping = [], []
        for line in program.stream("POST", "/api/sync", quotes):
            lines.append(json.loads(line))
            print("  " + short(line), flush=True)
            if len(lines) == 2:
                stopping.append(threading.Thread(target=program.end))
                stopping[0].start()
                print("  (SIGTERM)")
        stopping[0].join()
        check(wrong, lines[-1]["type"] in ("error", "complete"), "the last line is a terminal one")
        sim.clear()
        program.serve()
        print("  (started again)")
        rest = follow(program, f"/api/sync/{lines[0]['sync']}/events?after={lines[-1]['cursor']}", method="GET")
        check(wrong, rest[-1]["type"] == "complete", "it goes on behind the client's cursor, to the end")
        total = [line["total"] for line in rest if "total" in line][-1]
        done = rest[-1].get("updated", 0) + rest[-1].get("failed", 0)
        check(wrong, total == done, f"the run that goes on covers what was left: {done} of {total}")
    finally:
        program.end()
        program.remove()
        sim.stop()
    print("\nFAILED: " + "; ".join(wrong) if wrong else "\neverything adds up")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    sys.exit(main(*sys.argv[1:]))

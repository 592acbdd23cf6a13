#!/usr/bin/env python3
"""Kills the server with -9 at random moments of live syncs against the simulator, then proves that nothing was lost,
nothing doubled, and that a ban and a daily budget outlived the kills.

The simulator's clock stands still, so every sync of it gives the same rows. At the end a second data folder is synced
undisturbed, and every row of prices, history and rates is compared.

usage: live-kill-loop.py FOLIOSYNC SIMULATOR [--kills 200] [--seed N]

SIMULATOR is the example `sim` of the simulator's package. Only servers of its own data folders are killed. Exit code 0:
everything is equal. 1: it is not.
"""

import argparse
import random
import signal
import sys
import time

import live

AT = "2026-11-20T17:00:00Z"
SYMBOLS = ["AAPL", "MSFT", "NVDA", "BRK.B", "crypto:BTC", "crypto:ETH", *(f"SYM{nth:05}" for nth in range(1, 61))]
# Equal but for when they were read.
COMPARED = {
    "market.quotes": "instrument_id, field, value, currency, provider",
    "market.price_history": "instrument_id, date, open, high, low, close_price, volume, currency, status, provider",
    "market.fx_rates": "base, quote, date, provider, rate, bid, ask",
}


def set_up(program):
    program.serve()
    program.connect("fmp", "fmp", plan="premium", history_years="1")
    program.connect("tiingo", "tiingo", plan="power", history_years="1")
    program.connect("ecb", "ecb")
    program.connect("binance", "binance")
    program.connect("okx", "okx")
    program.watch(SYMBOLS)


def bans_hold(program, sim, wrong):
    print("# a ban and a daily budget outlive a kill")
    used = {row[0]: row[1] for row in program.rows("SELECT scope, used FROM sync.quota")}
    sim.fault("binance", {"kind": "status", "code": 418, "retry_after": 3600}, {"next": 1})
    binance = [row[0] for row in program.rows("SELECT id FROM sync.connections WHERE provider = 'binance'")]
    list(program.stream("POST", "/api/sync", {"connections": binance}))
    before = sim.ask("GET", "/stats")["providers"]["binance"]["requests"]
    program.end(signal.SIGKILL)
    program.serve()
    list(program.stream("POST", "/api/sync", {"connections": binance}))
    after = sim.ask("GET", "/stats")["providers"]["binance"]["requests"]
    closed = program.rows("SELECT scope, closed_until FROM sync.quota WHERE closed_until > now()")
    print(f"  closed: {closed}")
    print(f"  requests to binance: {before} when it was banned, {after} after the kill and another sync")
    if before != after or not closed:
        wrong.append("the ban was forgotten")
    for scope, now in program.rows("SELECT scope, used FROM sync.quota"):
        print(f"  {scope}: used {used.get(scope)} before the kill, {now} after")
        if now < used.get(scope, 0) and "day" in scope:
            wrong.append(f"{scope} was forgotten")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("simulator")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    rng = random.Random(args.seed)
    sim = live.Simulator(args.simulator, "--at", AT, "--symbols", "100", "--no-limits")
    program, second = live.Program(args.binary, sim), live.Program(args.binary, sim)
    print(f"seed {args.seed}, {args.kills} kills of live syncs, in {program.root}", flush=True)
    wrong = []
    try:
        set_up(program)
        begun, kills = time.monotonic(), 0
        while kills < args.kills:
            hit = live.kill_during(program, {}, rng.uniform(0.0, 0.5))
            kills += hit
            program.serve()
            if kills % 20 == 0 and hit:
                print(f"  {kills} kills hit a sync, {time.monotonic() - begun:.0f} s", flush=True)
        program.settle()
        set_up(second)
        second.settle()
        for table, columns in COMPARED.items():
            live.compare(table, program.contents(table, columns), second.contents(table, columns), wrong)
        bans_hold(program, sim, wrong)
    finally:
        for one in (program, second):
            one.end(signal.SIGKILL)
            one.remove()
        sim.stop()
    print("FAILED: " + "; ".join(wrong) if wrong else "EQUAL: nothing lost, nothing doubled, nothing forgotten")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

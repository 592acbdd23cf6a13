#!/usr/bin/env python3
"""Kills the server with -9 at random moments while it reads accounts at simulated services, then proves that nothing was
lost, nothing doubled, and no report ordered twice.

The simulator's clock stands still and nothing happens in the accounts, so every reading gives the same rows. One data
folder is synced undisturbed. Others begin with nothing, one after the other: the server is killed and started while they
are filled, and again while everything is read once more. Then every row of each is compared with the first.

usage: accounts-kill-loop.py FOLIOSYNC SIMULATOR [--kills 200] [--seed N] [--only binance,okx,alpaca,ibkr_flex]

SIMULATOR is the example `sim` of the simulator's package. Only servers of its own data folders are killed. A kill counts
when it cut a run. Exit code 0: everything is equal. 1: it is not.
"""

import argparse
import collections
import datetime
import json
import random
import signal
import sys
import threading
import time

import live

ACCOUNTS = {
    "binance": {"service": "binance", "days": 1100, "orders_per_day": 12},
    # It tells three months.
    "okx": {"service": "okx", "days": 1100, "orders_per_day": 16},
    "alpaca": {"service": "alpaca", "days": 1100, "orders_per_day": 3, "is_paper": True},
    # Its reports go back a year.
    "ibkr_flex": {"service": "ibkr_flex", "days": 1100, "orders_per_day": 12},
}
# Queries with the mebibytes of their reports: one page of rows, and two.
QUERIES = {"77": 0, "78": 33}
REPORT_DELAY_SECONDS = 600
# So soon a report is not looked for.
FIRST_LOOK_SECONDS = 5
# Kills are told apart by so many pages that the run had stored, or more.
PAGES = {0: "nothing", 1: "1 page", 2: "2 to 4 pages", 5: "5 to 9 pages", 10: "10 to 29 pages", 30: "30 pages or more"}
SECRET = "a-secret-of-this-script"
# Equal but for when they were seen.
COMPARED = {
    "accounts.fills": "* EXCLUDE (connection_id)",
    "accounts.fill_rows": "* EXCLUDE (connection_id)",
    "accounts.balances": "* EXCLUDE (connection_id, as_of)",
    "accounts.balance_history": "* EXCLUDE (connection_id, as_of)",
    "accounts.positions": "* EXCLUDE (connection_id, as_of)",
    "accounts.position_history": "* EXCLUDE (connection_id, as_of)",
    "accounts.cash_flows": "* EXCLUDE (connection_id)",
    "accounts.round_trips": "* EXCLUDE (connection_id)",
}


class Account:
    """An account at one service, with a new key for each data folder: services count what each key asks."""

    def __init__(self, sim, provider):
        self.sim, self.provider, self.keys = sim, provider, 0
        sim.ask("POST", "/accounts", {**ACCOUNTS[provider], "name": provider})
        sim.ask("POST", f"/accounts/{provider}", {"kind": "pause"})
        for query, mebibytes in QUERIES.items():
            sim.ask("POST", f"/flex/{query}", {"owner": provider, "accounts": [provider], "mebibytes": mebibytes,
                                               "delay_seconds": REPORT_DELAY_SECONDS})
        quiet = {"quotes": "off", "history": "off"}
        symbols = {fill["symbol"] for fill in sim.ask("GET", f"/accounts/{provider}")["fills"]}
        self.settings = {"binance": {**quiet, "symbols": ",".join(sorted(symbols))}, "okx": quiet,
                         "alpaca": {"environment": "paper", "requests_per_minute": "10000"}, "ibkr_flex": {}}[provider]

    def credentials(self):
        self.keys += 1
        number = f"{self.keys:06}"
        key = {"binance": f"{'Key':0<58}{number}", "okx": f"key-{number}", "alpaca": f"PKKILLED{number}",
               "ibkr_flex": f"519{number:0>21}"}[self.provider]
        new = {"id": key, "account": self.provider, "secret": {"shared": SECRET}, "passphrase": "words"}
        if self.provider == "ibkr_flex":
            new["secret"] = "none"
        self.sim.ask("POST", "/credentials", new)
        return {"binance": {"api_key": key, "api_secret": SECRET},
                "okx": {"api_key": key, "api_secret": SECRET, "passphrase": "words"},
                "alpaca": {"key_id": key, "secret_key": SECRET}, "ibkr_flex": {"token": key}}[self.provider]

    def requests(self, endpoint=None):
        service = "alpaca-paper" if self.provider == "alpaca" else self.provider
        stats = self.sim.ask("GET", "/stats")["providers"].get(service, {"requests": 0, "endpoints": {}})
        return stats["endpoints"].get(endpoint, 0) if endpoint else stats["requests"]


class Loop:
    """Kills at one service, what they hit, and what came of it."""

    def __init__(self, args, rng, sim, provider):
        self.args, self.rng, self.sim, self.provider, self.wrong = args, rng, sim, provider, []
        self.account, self.at = Account(sim, provider), sim.ask("GET", "/now")["now"]
        self.phases, self.kills, self.folders, self.rows = collections.Counter(), 0, 0, 0
        self.reports, self.orders, self.lost_orders, self.kept = 0, 0, 0, 0
        self.begun = time.monotonic()

    def is_over(self):
        return self.kills >= self.args.kills

    def folder(self, query):
        """A program with nothing but a connection."""
        program = live.Program(self.args.binary, self.sim)
        program.serve()
        settings = {**self.account.settings, **({"query_id": query} if query else {})}
        program.connect(self.provider, self.provider, credentials=self.account.credentials(), **settings)
        return program

    def kill(self, program, after, phase, body=None):
        """Asks for a sync, kills the server so many seconds later, and starts it again. If that cut a run, it counts."""
        client = threading.Thread(target=program.sync, args=(body,))
        client.start()
        client.join(after)
        last = program.rows("SELECT coalesce(max(id), 0) FROM sync.runs WHERE outcome IS NOT NULL")[0][0]
        is_running = program.ask("GET", "/api/sync/status")["running"]
        program.end(signal.SIGKILL)
        client.join()
        program.serve()
        ended = f"SELECT outcome, pages FROM sync.runs WHERE id > {last} AND outcome IS NOT NULL ORDER BY id"
        ended = program.rows(ended)
        cut = [pages for outcome, pages in ended if outcome == "interrupted"]
        if is_running and (cut or not ended):
            self.kills += 1
            pages = cut[0] if cut else 0
            self.phases[phase, max(bound for bound in PAGES if bound <= pages)] += 1
            if self.kills % 20 == 0:
                print(f"    {self.kills} kills, {self.folders} folders, {time.monotonic() - self.begun:.0f} s", flush=True)
        return is_running

    def read_pages(self, program, took):
        for phase, options in (("reading all", {}), ("reading all again", {"rehash": True})):
            # Whoever asks for everything once more is given everything once more.
            body = {"options": options}
            while not self.is_over() and self.kill(program, self.rng.uniform(0, 0.6 * took), phase, body):
                body = {}
        program.settle()

    def ordered(self, program):
        """The reference of the report that is on its way, and how many seconds ago it was ordered."""
        [[mark, age]] = program.rows(
            "SELECT CAST(watermark AS VARCHAR), epoch(now()) - epoch(CAST(watermark ->> '$.ordered.at' AS TIMESTAMPTZ)) "
            "FROM sync.streams WHERE name = 'report'")
        ordered = (json.loads(mark) if mark else {}).get("ordered")
        return (ordered["reference"], float(age)) if ordered else (None, 0)

    def order(self, program):
        """Until a report is ordered, and may be looked for."""
        while not self.ordered(program)[0]:
            program.sync()
        time.sleep(max(0, FIRST_LOOK_SECONDS + 0.1 - self.ordered(program)[1]))
        return self.ordered(program)[0]

    def slow(self, step, milliseconds):
        self.sim.clear()
        self.sim.fault("ibkr_flex", {"kind": "slow", "milliseconds": milliseconds}, {"path_contains": step})

    def fetch(self, program):
        """The report is made by now: looks for it until it is stored."""
        self.sim.clear()
        while self.ordered(program)[0]:
            program.sync()
            # The service allows ten requests a minute.
            time.sleep(0.5)

    def read_report(self, program, took):
        self.slow("SendRequest", 300)
        for _ in range(self.rng.randint(0, 2)):
            self.kill(program, self.rng.uniform(0.05, 0.35), "ordering a report")
        reference = self.order(program)
        orders = self.account.requests("/SendRequest")
        self.lost_orders += orders - self.orders - 1
        self.orders = orders
        self.slow("GetStatement", 400)
        for _ in range(self.rng.randint(1, 2)):
            self.kill(program, self.rng.uniform(0.1, 0.5), "looking for a report that is not made yet")
            self.kept += 1
            if self.ordered(program)[0] != reference:
                self.wrong.append(f"{self.provider}: a reference was lost in folder {self.folders + 1}")
        self.sim.ask("POST", "/now", {"advance_seconds": REPORT_DELAY_SECONDS})
        self.sim.clear()
        for _ in range(4):
            if self.is_over() or not self.ordered(program)[0]:
                break
            self.kill(program, self.rng.uniform(0, took), "reading a report")
            self.kept += 1
        self.fetch(program)
        if self.account.requests("/SendRequest") != orders:
            self.wrong.append(f"{self.provider}: a report was ordered twice in folder {self.folders + 1}")
        self.reports += 1
        self.sim.ask("POST", "/now", {"now": self.at})

    def undisturbed(self, query):
        """The rows that everything is compared with, and how long it takes to read them."""
        program = self.folder(query)
        try:
            if query:
                self.order(program)
                self.sim.ask("POST", "/now", {"advance_seconds": REPORT_DELAY_SECONDS})
            self.fetch(program) if query else program.settle()
            self.sim.ask("POST", "/now", {"now": self.at})
            metrics = program.ask("GET", "/metrics", raw=True)[1].splitlines()
            commits = sum(float(line.split()[-1]) for line in metrics if line.startswith("foliosync_commit_seconds_sum"))
            [[pages, millis]] = program.rows("SELECT sum(pages), max(duration_ms) FROM sync.runs")
            took = millis / 1000
            self.orders = self.account.requests("/SendRequest")
            rows = {table: program.contents(table, columns) for table, columns in COMPARED.items()}
            counts = ", ".join(f"{len(rows[table])} {table.split('.')[1]}" for table in COMPARED if rows[table])
            print(f"  undisturbed: {pages} pages in {took:.1f} s, of which {commits:.1f} s in commits: {counts}", flush=True)
            return rows, took
        finally:
            program.end(signal.SIGKILL)
            program.remove()

    def compare(self, program, undisturbed):
        wrong = []
        for table, columns in COMPARED.items():
            rows = program.contents(table, columns)
            self.rows += len(rows)
            if rows != undisturbed[table]:
                live.compare(table, rows, undisturbed[table], wrong)
        self.folders += 1
        self.wrong += [f"{self.provider}: {what} in folder {self.folders}" for what in wrong]

    def run(self):
        queries = list(QUERIES) if self.provider == "ibkr_flex" else [None]
        undisturbed = {}
        for query in queries:
            # Twice: the machine may have had something else to do.
            (rows, took), (again, took_again) = self.undisturbed(query), self.undisturbed(query)
            undisturbed[query] = rows, min(took, took_again)
            if rows != again:
                self.wrong.append(f"{self.provider}: it is not the same twice, even undisturbed")
        while not self.is_over():
            # The larger report takes its time.
            query = queries[-1 if self.folders % 4 == 3 else 0]
            rows, took = undisturbed[query]
            program = self.folder(query)
            try:
                (self.read_report if query else self.read_pages)(program, took)
                self.compare(program, rows)
            finally:
                program.end(signal.SIGKILL)
                program.remove()
        for (phase, pages), count in sorted(self.phases.items()):
            print(f"  {count:>4} kills while {phase}, {PAGES[pages]} of the run stored")
        if self.reports:
            print(f"  {self.reports} reports, {self.reports + self.lost_orders} orders: {self.lost_orders} times the server "
                  f"was killed before the answer to one was stored. {self.kept} restarts with a report on its way")
        print(f"  {self.kills} kills in {self.folders} folders, {self.account.requests()} requests, {self.rows} rows "
              f"compared, {time.monotonic() - self.begun:.0f} s: {'NOT EQUAL' if self.wrong else 'equal'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("simulator")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default=",".join(ACCOUNTS))
    args = parser.parse_args()
    rng, wrong = random.Random(args.seed), []
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for provider in args.only.split(","):
        print(f"# {provider}: {args.kills} kills, seed {args.seed}", flush=True)
        sim = live.Simulator(args.simulator, "--at", now, "--symbols", "100", "--no-limits")
        try:
            loop = Loop(args, rng, sim, provider)
            loop.run()
            wrong += loop.wrong
        finally:
            sim.stop()
    print("FAILED: " + "; ".join(wrong) if wrong else "EQUAL: nothing lost, nothing doubled, nothing ordered twice")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

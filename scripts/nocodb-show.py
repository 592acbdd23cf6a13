"""A mirror in a real NocoDB from its first row to a crash and back: 5,000 symbols and 50,000 prices are copied there, the
program is killed in the middle, prices change, rows are deleted, and at each end all values are compared with the store's.

    python3 scripts/nocodb-show.py PROGRAM SIMULATOR "$(scripts/nocodb.sh)"
"""

import argparse
import csv
import decimal
import io
import json
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import live

AT = "2026-11-20T17:00:00Z"
TABLES = "symbols, price_history, settings, trades.trade_data"
PRICES = ["current_price", "previous_close", "change_pct", "day_open", "day_high", "day_low", "year_high", "year_low",
          "volume", "avg_volume", "market_cap", "pe_ratio", "eps", "price_avg_50", "price_avg_200"]
DAYS = ["close_price", "volume", "open", "high", "low"]


class NocoDB:
    def __init__(self, started):
        self.url, email, password, self.pid = started.split()
        signed_in = self.ask("POST", "/api/v1/auth/user/signin", {"email": email, "password": password})
        self.session = signed_in["token"]
        self.token = self.ask("POST", "/api/v1/tokens", {"description": "foliosync"})["token"]
        self.base = self.ask("POST", "/api/v2/meta/bases", {"title": f"folio {time.time_ns()}"})["id"]

    def ask(self, method, path, body=None):
        headers = {"content-type": "application/json"}
        if getattr(self, "session", None):
            headers["xc-auth"] = self.session
        request = urllib.request.Request(self.url + path, method=method, headers=headers,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read(), parse_float=decimal.Decimal)

    def table(self, title):
        tables = self.ask("GET", f"/api/v2/meta/bases/{self.base}/tables")["list"]
        return next((table["id"] for table in tables if table["title"] == title), None)

    def count(self, title):
        table = self.table(title)
        try:
            return self.ask("GET", f"/api/v2/tables/{table}/records/count")["count"] if table else 0
        except urllib.error.URLError:
            return 0

    def rows(self, title):
        table, after, rows = self.table(title), 0, []
        while True:
            query = urllib.parse.urlencode({"where": f"(Id,gt,{after})", "sort": "Id", "limit": 1000})
            page = self.ask("GET", f"/api/v2/tables/{table}/records?{query}")["list"]
            if not page:
                return rows
            rows, after = rows + page, page[-1]["Id"]

    def write(self, method, title, rows):
        return self.ask(method, f"/api/v2/tables/{self.table(title)}/records", rows)


def number(value):
    return None if value in (None, "") else decimal.Decimal(str(value)).normalize()


def stored(program, sql):
    """All rows of a query as the export has them, every digit."""
    rows, offset = [], 0
    while True:
        page = program.rows(f"{sql} LIMIT 10000 OFFSET {offset}")
        rows, offset = rows + page, offset + len(page)
        if len(page) < 10000:
            return rows


def compare(program, nocodb, wrong, moment):
    fields = ", ".join(f"CAST({name} AS VARCHAR)" for name in PRICES)
    ours = {row[0]: [number(value) for value in row[1:]]
            for row in stored(program, f"SELECT symbol, {fields} FROM market.symbols ORDER BY symbol")}
    theirs = {row["symbol"]: [number(row[name]) for name in PRICES] for row in nocodb.rows("symbols")}
    differ("symbols", ours, theirs, nocodb.count("symbols"), wrong, moment)
    fields = ", ".join(f"CAST(h.{name} AS VARCHAR)" for name in DAYS)
    ours = {(row[0], row[1]): [number(value) for value in row[2:7]] + [row[7]] for row in stored(
        program, f"SELECT i.symbol, CAST(h.date AS VARCHAR), {fields}, h.status FROM market.price_history h "
                 "JOIN market.instruments i ON i.id = h.instrument_id ORDER BY 1, 2")}
    theirs = {(row["symbol"], row["date"]): [number(row[name]) for name in DAYS] + [row["status"]]
              for row in nocodb.rows("price_history")}
    differ("price_history", ours, theirs, nocodb.count("price_history"), wrong, moment)
    ours = {row[0]: [row[1]] for row in stored(program, "SELECT key, value FROM sync.settings ORDER BY key")}
    theirs = {row["key"]: [row["value"]] for row in nocodb.rows("settings")}
    differ("settings", ours, theirs, nocodb.count("settings"), wrong, moment)
    keys = "block_id, CAST(date_opened AS VARCHAR), time_opened, strategy, legs, occurrence"
    ours = {tuple(map(str, row[:6])): [number(row[6])] for row in stored(
        program, f"SELECT {keys}, CAST(pl AS VARCHAR) FROM trades.trade_data ORDER BY 1, 2, 3, 4, 5, 6")}
    names = ["block_id", "date_opened", "time_opened", "strategy", "legs", "occurrence"]
    theirs = {tuple(str(row[name]) for name in names): [number(row["pl"])] for row in nocodb.rows("trades_trade_data")}
    differ("trade_data", ours, theirs, nocodb.count("trades_trade_data"), wrong, moment)


def differ(name, ours, theirs, count, wrong, moment):
    other = [key for key in ours if theirs.get(key) != ours[key]]
    more = [key for key in theirs if key not in ours]
    said = f"{name}: {len(ours)} here, {count} there"
    if other or more or count != len(ours):
        example = f"{other[0]}: {ours[other[0]]} here, {theirs.get(other[0])} there" if other else f"{more[:1]}"
        wrong.append(f"{moment}: {said}; {len(other)} differ, {len(more)} are too many, such as {example}")
        print(f"    {said}: DIFFER, such as {example}", flush=True)
    else:
        print(f"    {said}: all values equal", flush=True)


def calls(program):
    text = program.ask("GET", "/metrics", raw=True)[1]
    lines = [line for line in text.splitlines() if line.startswith("foliosync_requests_total") and 'nocodb"' in line]
    return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines)


def mirrored(program, mirror, options=None):
    """Syncs the mirror to its end; gives what its run says of each table, requests and seconds."""
    before, begun = calls(program), time.monotonic()
    lines = program.sync({"connections": [mirror], **(options or {})})
    if not lines or lines[-1]["type"] != "complete":
        raise live.Failed(f"FAILED: the mirror's sync ended with {lines[-3:]}")
    return f"{calls(program) - before} requests, {time.monotonic() - begun:.1f} s, {detail(program, mirror)}"


def detail(program, mirror):
    rows = program.rows("SELECT body FROM sync.run_events WHERE run_id = (SELECT max(id) FROM sync.runs "
                        f"WHERE connection_id = {mirror}) ORDER BY cursor")
    events = [json.loads(body) for (body,) in rows]
    told = [f"{item['item']}: {item['detail']}" for event in events for item in event.get("items", []) if item["detail"]]
    return "; ".join(told) or "nothing was written"


def block(folder, trades):
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Date Opened", "Time Opened", "Opening Price", "Legs", "Premium", "Date Closed", "Time Closed",
                   "Avg. Closing Cost", "Reason For Close", "P/L", "No. of Contracts", "Strategy",
                   "Opening Commissions + Fees", "Closing Commissions + Fees"])
    for nth in range(trades):
        day = f"2025-{1 + nth // 28 % 12:02}-{1 + nth % 28:02}"
        rows.writerow([day, f"09:{nth // 336 % 60:02}:00", "5000.5", f"1 P {4000 + nth} STO 1.25", 125, day, "15:00:00", 0,
                       "Expired", f"{nth * 7 % 500}.25", 1, "Test", 1.5, 1.25])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tradelog.csv").write_text(out.getvalue())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("simulator")
    parser.add_argument("nocodb", help="what scripts/nocodb.sh printed")
    parser.add_argument("--symbols", type=int, default=5000)
    parser.add_argument("--with-history", type=int, default=200, help="symbols with a year of daily prices")
    parser.add_argument("--kills", type=int, default=1, help="the first in the middle, the others at any moment")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    rng = random.Random(args.seed)
    nocodb = NocoDB(args.nocodb)
    sim = live.Simulator(args.simulator, "--at", AT, "--symbols", str(args.symbols), "--no-limits")
    program = live.Program(args.binary, sim)
    program.environment |= {"FOLIOSYNC_PRIVATE_NETWORKS": "127.0.0.1", "FOLIOSYNC_SCHEDULES": "false"}
    wrong = []
    try:
        program.serve()
        blocks = pathlib.Path(tempfile.mkdtemp(prefix="blocks-", dir=program.root))
        block(blocks / "one", 300)
        program.connect("tradelog", "blocks", path=str(blocks))
        prices = program.connect("fmp", "prices", plan="premium", history_years="1", batch_size="100")
        names = [f"SYM{nth:05}" for nth in range(1, args.symbols + 1)]
        program.watch(names[:args.with_history])
        program.settle()
        program.ask("PATCH", f"/api/connections/{prices}", {"settings": {"history": "off"}})
        program.watch(names[args.with_history:])
        program.settle()
        have = program.rows("SELECT (SELECT count(*) FROM market.symbols), (SELECT count(*) FROM market.price_history)")[0]
        print(f"the store has {have[0]} symbols and {have[1]} days of prices", flush=True)
        settings = {"url": nocodb.url, "base": nocodb.base, "tables": TABLES}
        mirror = program.connect("nocodb", "noco", credentials={"token": nocodb.token}, **settings)

        print("1. first copy, killed in the middle (kill -9)", flush=True)
        begun = time.monotonic()
        thread = threading.Thread(target=program.sync, args=({"connections": [mirror]},))
        thread.start()
        while nocodb.count("price_history") < have[1] * 0.4 / args.kills:
            time.sleep(0.2)
        made = calls(program)
        program.end(signal.SIGKILL)
        thread.join()
        there = nocodb.count("symbols"), nocodb.count("price_history")
        print(f"    killed after {made} requests, {time.monotonic() - begun:.1f} s: {there[0]} symbols and {there[1]} days "
              "are there", flush=True)
        program.serve()
        noted = program.rows("SELECT count(*) FROM sync.mirror_rows WHERE table_name = 'price_history'")[0][0]
        print(f"    the ledger knows {noted} of these days, {there[1] - noted} are to be found again", flush=True)
        hits = 0
        for _ in range(args.kills - 1):
            hits += live.kill_during(program, {"connections": [mirror]}, rng.uniform(0.05, 1.5))
            program.serve()
        if args.kills > 1:
            print(f"    {hits} of {args.kills - 1} further kills hit it (seed {args.seed})", flush=True)
        print(f"    and went on: {mirrored(program, mirror)}", flush=True)
        compare(program, nocodb, wrong, "after the crash")

        print("2. nothing changed", flush=True)
        print(f"    {mirrored(program, mirror)}", flush=True)

        print("3. prices change, a block loses half of its trades, people add a column and a row", flush=True)
        table = nocodb.table("symbols")
        nocodb.ask("POST", f"/api/v2/meta/tables/{table}/columns",
                   {"title": "note", "column_name": "note", "uidt": "SingleLineText"})
        first = nocodb.rows("symbols")[0]
        nocodb.write("PATCH", "symbols", [{"Id": first["Id"], "note": "mine"}])
        nocodb.write("POST", "settings", [{"key": "theirs", "value": "kept"}])
        sim.ask("POST", "/now", {"advance_seconds": 3600})
        block(blocks / "one", 150)
        program.settle()
        print(f"    {mirrored(program, mirror)}", flush=True)
        kept = [row for row in nocodb.rows("settings") if row["key"] == "theirs"]
        note = nocodb.rows("symbols")[0]["note"]
        print(f"    the row of people: {[row['value'] for row in kept]}, their column: {note!r}", flush=True)
        if note != "mine" or len(kept) != 1:
            wrong.append("what people wrote was not kept")
        nocodb.write("DELETE", "settings", [{"Id": kept[0]["Id"]}])
        compare(program, nocodb, wrong, "after the changes")

        print("4. a row is deleted there, and a whole look (--rehash) brings it back", flush=True)
        gone = nocodb.rows("price_history")[7]
        nocodb.write("DELETE", "price_history", [{"Id": gone["Id"]}])
        print(f"    {mirrored(program, mirror, {'options': {'rehash': True}})}", flush=True)
        compare(program, nocodb, wrong, "after the repair")
    finally:
        program.end(signal.SIGKILL)
        program.remove()
        sim.stop()
    print("FAILED: " + "; ".join(wrong) if wrong else "EQUAL: counts and values there are the store's")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What ccxt reads from Binance or OKX at another address, as JSON on standard output.

usage: ccxt_read.py {binance,okx} BASE_URL KEY SECRET [--passphrase P] [--wallets spot,funding] [--demo]
                    [--symbols BTCUSDT,ETHUSDT] [--page 100]

SECRET is text, `@FILE` to read it from a file, or `-` for standard input. Symbols are the exchange's or ccxt's. Numbers
stay as they were written.
"""

import argparse
import json
import sys

import ccxt


def text(value):
    if value == "-":
        return sys.stdin.read()
    if value.startswith("@"):
        with open(value[1:], encoding="utf-8") as file:
            return file.read()
    return value


def connect(args):
    client = getattr(ccxt, args.exchange)({"apiKey": args.key, "secret": text(args.secret), "enableRateLimit": True})
    if args.passphrase:
        client.password = args.passphrase
    # Decimals as strings, not as floats.
    client.number = str
    base = args.base_url.rstrip("/")
    if args.exchange == "binance":
        client.urls["api"] = {name: url for name, url in client.urls["api"].items()}
        for name, path in {
            "public": "/api/v3",
            "private": "/api/v3",
            "v1": "/api/v1",
            "sapi": "/sapi/v1",
            "sapiV2": "/sapi/v2",
            "sapiV3": "/sapi/v3",
            "sapiV4": "/sapi/v4",
        }.items():
            client.urls["api"][name] = base + path
        client.options["fetchMarkets"] = {"types": ["spot"]}
        client.options["fetchMargins"] = False
    else:
        client.urls["api"] = {"rest": base}
        client.options["fetchMarkets"] = {"types": ["spot"]}
        if args.demo:
            client.headers = {**(client.headers or {}), "x-simulated-trading": "1"}
    return client


def trades(client, symbol, page):
    """All there are: by id at Binance, backwards by bill at OKX."""
    found, params = [], {"fromId": 0} if client.id == "binance" else {"paginate": False}
    while True:
        rows = client.fetch_my_trades(symbol, limit=page, params=params)
        found += rows
        if len(rows) < page:
            break
        if client.id == "binance":
            params = {"fromId": int(rows[-1]["id"]) + 1}
        else:
            oldest = min(rows, key=lambda row: int(row["info"]["billId"]))
            params = {"after": oldest["info"]["billId"]}
    keep = ["id", "timestamp", "symbol", "side", "price", "amount", "cost", "takerOrMaker", "order", "fee"]
    # Of OKX, which pages by bills: ccxt's time of a trade is when it was written down there, not when it was executed.
    more = {"bill": "billId", "executed": "fillTime"}
    told = [
        {**{name: row["info"].get(theirs) for name, theirs in more.items()}, **{name: row[name] for name in keep}}
        for row in found
    ]
    return sorted(told, key=lambda row: row["timestamp"])


def held(client, wallet):
    balance = client.fetch_balance({"type": wallet})
    return {
        asset: {part: balance[asset][part] for part in ("free", "used", "total")}
        for asset, total in sorted(balance["total"].items())
        if float(total or 0)
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("exchange", choices=["binance", "okx"])
    parser.add_argument("base_url")
    parser.add_argument("key")
    parser.add_argument("secret")
    parser.add_argument("--passphrase")
    parser.add_argument("--wallets", default="spot")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--symbols", default="")
    parser.add_argument("--page", type=int, default=100)
    args = parser.parse_args()
    client = connect(args)
    told = {"client": f"ccxt {ccxt.__version__}", "time": client.fetch_time(), "markets": len(client.load_markets())}
    told["balances"] = {wallet: held(client, wallet) for wallet in args.wallets.split(",")}
    told["trades"] = [row for symbol in args.symbols.split(",") if symbol for row in trades(client, symbol, args.page)]
    json.dump(told, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What ccxt reads from Binance or OKX at another address, as JSON on standard output.

usage: ccxt_read.py {binance,okx} BASE_URL KEY SECRET [--passphrase P] [--wallet spot|trading|funding] [--demo]
                    [--symbols BTC/USDT,ETH/USDT] [--page 100]

SECRET is text, `@FILE` to read it from a file, or `-` for standard input. Numbers stay as they were written.
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
    client = getattr(ccxt, args.exchange)({"apiKey": args.key, "secret": text(args.secret), "enableRateLimit": False})
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
    found.sort(key=lambda row: row["timestamp"])
    return [{name: row[name] for name in keep} for row in found]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("exchange", choices=["binance", "okx"])
    parser.add_argument("base_url")
    parser.add_argument("key")
    parser.add_argument("secret")
    parser.add_argument("--passphrase")
    parser.add_argument("--wallet", default="spot")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--symbols", default="")
    parser.add_argument("--page", type=int, default=100)
    args = parser.parse_args()
    client = connect(args)
    told = {"time": client.fetch_time(), "markets": len(client.load_markets())}
    balance = client.fetch_balance({"type": args.wallet})
    told["balance"] = {
        asset: {part: balance[asset][part] for part in ("free", "used", "total")}
        for asset in sorted(balance["total"])
        if float(balance["total"][asset] or 0)
    }
    symbols = [symbol for symbol in args.symbols.split(",") if symbol]
    told["trades"] = {symbol: trades(client, symbol, args.page) for symbol in symbols}
    json.dump(told, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()

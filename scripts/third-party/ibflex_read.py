#!/usr/bin/env python3
"""What ibflex reads from IBKR's Flex Web Service at another address, as JSON on standard output.

usage: ibflex_read.py BASE_URL TOKEN QUERY [--file REPORT.xml]

With --file the report is read from there and nothing is asked. Dates and numbers are told as ibflex understood them.
"""

import argparse
import json
import sys
import time
import warnings
from importlib.metadata import version

from ibflex import Types, client, parser


def download(base_url, token, query):
    service = base_url.rstrip("/") + "/AccountManagement/FlexWebService"
    access = client.request_statement(token, query, url=service + "/SendRequest")
    for _ in range(20):
        # One request a second is allowed.
        time.sleep(1.1)
        response = client.submit_request(access.Url, token, query=access.ReferenceCode)
        wait = client.check_statement_response(response)
        if wait is True:
            return response.content
        time.sleep(wait)
    raise SystemExit("the report was never done")


def row(element, names):
    def plain(value):
        if isinstance(value, tuple):
            return [plain(one) for one in value]
        return None if value is None else str(getattr(value, "value", value))

    return {name: plain(getattr(element, name)) for name in names}


TRADE = [
    "ibExecID", "transactionID", "tradeID", "assetCategory", "symbol", "currency", "dateTime", "tradeDate", "buySell",
    "quantity", "tradePrice", "multiplier", "taxes", "ibCommission", "ibCommissionCurrency", "netCash",
    "fifoPnlRealized", "openCloseIndicator", "notes", "levelOfDetail",
]
POSITION = [
    "symbol", "assetCategory", "currency", "position", "multiplier", "markPrice", "positionValue", "costBasisPrice",
    "costBasisMoney", "fifoPnlUnrealized", "side", "levelOfDetail",
]
CASH = ["transactionID", "type", "currency", "amount", "dateTime", "symbol", "description", "levelOfDetail"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("base_url")
    arguments.add_argument("token")
    arguments.add_argument("query")
    arguments.add_argument("--file")
    args = arguments.parse_args()
    if args.file:
        with open(args.file, "rb") as file:
            content = file.read()
    else:
        content = download(args.base_url, args.token, args.query)
    with warnings.catch_warnings(record=True) as unknown:
        warnings.simplefilter("always")
        report = parser.parse(content)
    assert isinstance(report, Types.FlexQueryResponse)
    told = {"client": f"ibflex {version('ibflex')}", "query": report.queryName, "bytes": len(content)}
    told["warnings"] = sorted({str(one.message) for one in unknown})
    told["statements"] = [
        {
            "account": statement.accountId,
            "from": str(statement.fromDate),
            "to": str(statement.toDate),
            "trades": [row(one, TRADE) for one in statement.Trades if isinstance(one, Types.Trade)],
            "positions": [row(one, POSITION) for one in statement.OpenPositions],
            "cash": [row(one, CASH) for one in statement.CashTransactions],
            "balances": {one.currency: str(one.endingCash) for one in statement.CashReport},
        }
        for statement in report.FlexStatements
    ]
    json.dump(told, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()

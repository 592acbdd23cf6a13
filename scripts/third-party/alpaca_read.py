#!/usr/bin/env python3
"""What alpaca-py reads of an account at another address, as JSON on standard output.

usage: alpaca_read.py BASE_URL KEY SECRET [--page 100]

BASE_URL has no `/v2`. Numbers stay as they were written.
"""

import argparse
import json
import sys
from importlib.metadata import version

from alpaca.trading.client import TradingClient
from alpaca.trading.enums import QueryOrderStatus
from alpaca.trading.models import NonTradeActivity, TradeActivity
from alpaca.trading.requests import GetOrdersRequest
from pydantic import ValidationError


def activities(client, page):
    """All there are, oldest first. alpaca-py has no call for them, only their models."""
    found, token = [], None
    while True:
        query = {"direction": "asc", "page_size": page}
        if token:
            query["page_token"] = token
        rows = client.get("/account/activities", query)
        if not rows:
            return found
        found += rows
        token = rows[-1]["id"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base_url")
    parser.add_argument("key")
    parser.add_argument("secret")
    parser.add_argument("--page", type=int, default=100)
    args = parser.parse_args()
    client = TradingClient(args.key, args.secret, url_override=args.base_url.rstrip("/"))
    account = client.get_account()
    told = activities(client, args.page)
    # Its models know less than its service tells: sales without a position, for one.
    modelled, refused = 0, set()
    for row in told:
        model = TradeActivity if row["activity_type"] == "FILL" else NonTradeActivity
        try:
            model(**{**row, "account_id": str(account.id)})
            modelled += 1
        except ValidationError as error:
            refused.update(f"{one['loc'][0]}: {one['input']}" for one in error.errors())
    orders = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, limit=500))
    positions = client.get_all_positions()
    json.dump(
        {
            "client": f"alpaca-py {version('alpaca-py')}",
            "account": json.loads(account.model_dump_json(exclude_none=True)),
            "positions": [json.loads(position.model_dump_json(exclude_none=True)) for position in positions],
            "orders": len(orders),
            "is_open": client.get_clock().is_open,
            "assets": len(client.get_all_assets()),
            "activities": told,
            "modelled": modelled,
            "refused": sorted(refused),
        },
        sys.stdout,
        indent=1,
    )
    print()


if __name__ == "__main__":
    main()

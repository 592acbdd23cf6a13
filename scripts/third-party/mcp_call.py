#!/usr/bin/env python3
"""Lists and calls every tool with the official SDK's client, over standard input and output and over HTTP, as JSON on
standard output. The SDK holds each structured answer against the tool's output schema.

usage: mcp_call.py PROGRAM DATA_DIR URL TOKEN

The program is started with --allow-sync, and the token has the scope `sync`.
"""

import asyncio
import json
import sys
import time
from importlib.metadata import version

import httpx2
from mcp import Client, ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

CALLS = [
    ("describe_database", {}),
    ("describe_database", {"table": "trades.trade_data"}),
    ("run_sql", {"sql": "SELECT count(*) AS trades, sum(pl) AS pl FROM trades.trade_data"}),
    ("run_sql", {"sql": "SELEC 1"}),
    ("freshness", {}),
    ("list_connections", {}),
    ("sync_now", {}),
    ("run_status", {}),
    ("portfolio", {}),
]


async def call_all(client):
    listed = await client.list_tools()
    told = []
    for name, arguments in CALLS:
        steps = []

        async def step(done, total, message):
            steps.append([done, total, message])

        begun = time.monotonic()
        result = await client.call_tool(name, arguments, progress_callback=step)
        millis = (time.monotonic() - begun) * 1000
        told.append({
            "tool": name,
            "arguments": arguments,
            "millis": round(millis, 1),
            "isError": bool(result.is_error),
            "first": result.content[0].text.split("\n")[0],
            "structured": result.structured_content,
            "steps": steps,
        })
    tools = [{"name": tool.name, "readOnly": tool.annotations.read_only_hint, "hasOutputSchema": tool.output_schema is not None}
             for tool in listed.tools]
    return {"tools": tools, "calls": told}


async def main(program, data, url, token):
    start = StdioServerParameters(command=program, args=["--data-dir", data, "mcp", "--allow-sync"])
    async with stdio_client(start) as (read, write), ClientSession(read, write) as session:
        hello = await session.initialize()
        over_stdio = await call_all(session) | {"protocol": hello.protocol_version}
    # The newest way of speaking, which says no hello.
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            over_http = await call_all(client) | {"protocol": client.protocol_version}
        async with streamable_http_client(url, http_client=http) as (read, write), ClientSession(read, write) as session:
            hello = await session.initialize()
            over_http_of_before = await call_all(session) | {"protocol": hello.protocol_version}
    told = {"sdk": version("mcp"), "stdio": over_stdio, "http": over_http, "http, with initialize": over_http_of_before}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))

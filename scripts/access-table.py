#!/usr/bin/env python3
"""Starts a server on a folder of its own, and prints who gets in where: every route of its document, against callers
without a token, with one that may less, from another host, and from another origin.

usage: access-table.py FOLIOSYNC

Exit code 0: nobody got in who must not, and everybody who may. 1: somebody did, or did not.
"""
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

WRONG = "fs_" + "A" * 43
SCHEDULER = "a-secret-for-schedulers"
# One step below what a route needs.
LESS = {"read": None, "sync": "read", "admin": "sync"}


def ask(address, method, path, token=None, **headers):
    connection = http.client.HTTPConnection(address, timeout=30)
    if token:
        headers["Authorization"] = "Bearer " + token
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    try:
        code = json.loads(body).get("code", "")
    except (ValueError, AttributeError):
        code = ""
    return answer.status, code, body


def started(server, data):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with open(os.path.join(data, "serve.json")) as f:
                return json.load(f)["listen"]
        except (OSError, ValueError, KeyError):
            time.sleep(0.05)
    raise SystemExit("FAILED: the server does not start")


def needed(operation):
    for scheme, scopes in (operation.get("security") or [{}])[0].items():
        return scopes[0] if scopes else scheme
    return "nothing"


def main(program):
    home = tempfile.mkdtemp(prefix="foliosync-access-")
    data = os.path.join(home, "data")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("FOLIOSYNC_", "XDG_"))}
    environment = {**clean, "HOME": home, "FOLIOSYNC_DATA_DIR": data, "FOLIOSYNC_SCHEDULER_SECRET": SCHEDULER}
    server = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0"], env=environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = started(server, data)
        tokens = {"nothing": None, "scheduler": SCHEDULER}
        for scope in ("read", "sync", "admin"):
            made = subprocess.run([program, "token", "add", "--label", scope, "--scope", scope], env=environment,
                                  check=True, capture_output=True, text=True)
            tokens[scope] = made.stdout.strip()
        document = json.loads(ask(address, "GET", "/api/openapi.json", tokens["read"])[2])
        wrong = 0
        columns = ["no token", "less", "foreign host", "foreign origin", "right"]
        print(f"{'route':44} {'needs':10} " + " ".join(f"{column:18}" for column in columns))
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                method, needs = method.upper(), needed(operation)
                place, right = path.replace("{id}", "0"), tokens[needs]
                less = tokens["admin"] if needs == "scheduler" else tokens.get(LESS.get(needs)) or WRONG
                got = [ask(address, method, place)[:2], ask(address, method, place, less)[:2],
                       ask(address, method, place, right, Host="evil.example")[:2],
                       ask(address, method, place, right, Origin="https://evil.example")[:2],
                       ask(address, method, place, right)[:2]]
                enters = [status not in (401, 403, 429) for status, _ in got]
                expected = [needs == "nothing", needs == "nothing", False, False, True]
                mark = "" if enters == expected else "  <-- WRONG"
                wrong += enters != expected
                print(f"{method + ' ' + path:44} {needs:10} " + " ".join(f"{f'{s} {c}':18}" for s, c in got) + mark)
        print("nobody came in who must not" if wrong == 0 else f"{wrong} routes are wrong")
        return 1 if wrong else 0
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])) if len(sys.argv) == 2 else __doc__)

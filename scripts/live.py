"""The program on folders of its own beside a simulator of providers, for the scripts that watch it live."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

KEYS = {"fmp": "simulated-fmp-key", "tiingo": "simulated-tiingo-key"}


class Failed(SystemExit):
    pass


class Simulator:
    def __init__(self, binary, *options):
        self.process = subprocess.Popen([binary, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.control = self.process.stdout.readline().strip()
        self.base = self.control.removesuffix("/sim")

    def ask(self, method, path, body=None):
        host = self.base.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request(method, "/sim" + path, body=body and json.dumps(body),
                           headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 400:
            raise Failed(f"FAILED: simulator: {method} {path}: {text}")
        return json.loads(text) if text else None

    def fault(self, provider, fault, when):
        return self.ask("POST", "/faults", {"provider": provider, "fault": fault, "when": when})

    def clear(self):
        self.ask("DELETE", "/faults")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


class Program:
    def __init__(self, binary, simulator, root=None):
        self.binary = str(pathlib.Path(binary).resolve())
        self.root = pathlib.Path(root or tempfile.mkdtemp(prefix="foliosync-live-"))
        self.data = self.root / "data"
        self.simulator = simulator
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("FOLIOSYNC_", "XDG_"))}
        self.environment = {**clean, "HOME": str(self.root), "FOLIOSYNC_DATA_DIR": str(self.data),
                            "FOLIOSYNC_CONFIG": str(self.root / "config.toml")}
        services = {name: name for name in ("fmp", "tiingo", "ecb", "binance", "okx", "ibkr_flex")}
        services["alpaca"] = "alpaca-paper"
        lines = [f'[providers.{name}]\nbase_url = "{simulator.base}/{service}"' for name, service in services.items()]
        (self.root / "config.toml").write_text("\n".join(lines) + "\n")
        self.server, self.token, self.log = None, None, self.root / "server.log"

    def run(self, *args, check=True, stdin=None):
        done = subprocess.run([self.binary, *args], env=self.environment, capture_output=True, text=True, input=stdin,
                              timeout=300)
        if check and done.returncode != 0:
            raise Failed(f"FAILED: foliosync {' '.join(args)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def serve(self, **environment):
        (self.data / "serve.json").unlink(missing_ok=True)
        with open(self.log, "a") as log:
            self.server = subprocess.Popen([self.binary, "serve", "--listen", "127.0.0.1:0"], stdout=log, stderr=log,
                                           env={**self.environment, **environment}, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.address = json.loads((self.data / "serve.json").read_text())["listen"]
                if self.address and self.ask("GET", "/readyz", raw=True)[0] == 200:
                    break
            except (OSError, ValueError, KeyError):
                pass
            if time.monotonic() > deadline or self.server.poll() is not None:
                raise Failed("FAILED: the server does not start:\n" + self.log.read_text()[-2000:])
            time.sleep(0.01)
        if not self.token:
            self.token = self.run("token", "add", "--label", "script", "--scope", "admin").stdout.strip()

    def ask(self, method, path, body=None, raw=False, timeout=300):
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if raw:
            return answer.status, text
        if answer.status >= 400:
            raise Failed(f"FAILED: {method} {path}: {answer.status} {text}")
        return json.loads(text) if text else None

    def stream(self, method, path, body=None):
        """Yields lines as they come; close the generator to hang up."""
        connection = http.client.HTTPConnection(self.address, timeout=300)
        connection.request(method, path, body=None if body is None else json.dumps(body),
                           headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        answer = connection.getresponse()
        try:
            for line in answer:
                yield line.decode().rstrip("\n")
        finally:
            connection.close()

    def connect(self, provider, label, interval=None, credentials=None, **settings):
        body = {"provider": provider, "label": label, "settings": settings}
        if interval:
            body["syncIntervalMin"] = interval
        if provider in KEYS:
            credentials = {"api_key": KEYS[provider]}
        if credentials:
            body["credentials"] = credentials
        return self.ask("POST", "/api/connections", body)["id"]

    def watch(self, symbols):
        self.ask("POST", "/api/instruments", {"instruments": [{"symbol": symbol} for symbol in symbols]})

    def rows(self, sql):
        return self.ask("POST", "/api/query", {"sql": sql, "maxAgeMs": 0})["rows"]

    def sync(self, body=None):
        """The lines of one sync, up to where it or the server ended."""
        try:
            return [json.loads(line) for line in self.stream("POST", "/api/sync", body or {})]
        except (OSError, http.client.HTTPException, ValueError):
            return []

    def settle(self, body=None):
        """Syncs until nothing is lacking."""
        for _ in range(20):
            last = (self.sync(body) or [{}])[-1]
            if last.get("type") == "complete" and last["failed"] == 0:
                return
        print(f"  the last sync still lacks something: {last}")

    def contents(self, table, columns):
        rows = []
        while True:
            page = self.rows(f"SELECT {columns} FROM {table} ORDER BY ALL LIMIT 5000 OFFSET {len(rows)}")
            rows += [json.dumps(row) for row in page]
            if len(page) < 5000:
                return rows

    def end(self, how=signal.SIGTERM):
        if self.server:
            os.kill(self.server.pid, how)
            self.server.wait(30)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


def kill_during(program, body, seconds):
    """Kills the server so long after a sync begins; whether the sync was going."""
    client = threading.Thread(target=program.sync, args=(body,))
    client.start()
    time.sleep(seconds)
    is_going = client.is_alive()
    program.end(signal.SIGKILL)
    client.join()
    return is_going


def compare(table, killed, undisturbed, wrong):
    """Says whether the rows of both are the same, and which are not."""
    if killed == undisturbed:
        print(f"  equal   {table}: {len(killed)} rows")
        return
    wrong.append(f"{table} differs")
    print(f"  DIFFERS {table}: {len(killed)} rows after the kills, {len(undisturbed)} undisturbed")
    one, other = set(killed), set(undisturbed)
    for what, rows in (("only after the kills", one - other), ("only undisturbed", other - one)):
        for row in sorted(rows)[:3]:
            print(f"    {what}: {row[:300]}")
    if len(killed) != len(one):
        print(f"    {len(killed) - len(one)} rows twice")

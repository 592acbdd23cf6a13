"""The program on folders of its own beside a simulator of providers, for the scripts that watch it live."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
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
        lines = [f'[providers.{name}]\nbase_url = "{simulator.base}/{name}"'
                 for name in ("fmp", "tiingo", "ecb", "binance", "okx")]
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

    def ask(self, method, path, body=None, raw=False, timeout=60):
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
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request(method, path, body=None if body is None else json.dumps(body),
                           headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        answer = connection.getresponse()
        try:
            for line in answer:
                yield line.decode().rstrip("\n")
        finally:
            connection.close()

    def connect(self, provider, label, interval=None, **settings):
        body = {"provider": provider, "label": label, "settings": settings}
        if interval:
            body["syncIntervalMin"] = interval
        if provider in KEYS:
            body["credentials"] = {"api_key": KEYS[provider]}
        return self.ask("POST", "/api/connections", body)["id"]

    def watch(self, symbols):
        self.ask("POST", "/api/instruments", {"instruments": [{"symbol": symbol} for symbol in symbols]})

    def rows(self, sql):
        return self.ask("POST", "/api/query", {"sql": sql})["rows"]

    def end(self, how=signal.SIGTERM):
        if self.server:
            os.kill(self.server.pid, how)
            self.server.wait(30)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

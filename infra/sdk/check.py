"""Proves the OpenAPI document: makes a Python and a TypeScript client of it, looks whether each has every operation, and sends
a message with each, by the system at BASE or by one that it starts."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OUT = ROOT / ".local" / "sdk"
DOCUMENT = ROOT / "docs" / "openapi.json"
KEY = os.environ.get("KEY", "demo-admin")
# Seconds in which the local system starts, where it must be compiled first.
STARTS_WITHIN = 1800
# Seconds that a generator or a client may take.
RUNS_WITHIN = 600


def operations():
    paths = json.loads(DOCUMENT.read_text())["paths"].values()
    return sorted(operation["operationId"] for path in paths for operation in path.values())


def run(*command, cwd=ROOT, env=None):
    ended = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=RUNS_WITHIN)
    if ended.returncode:
        sys.exit(f"{' '.join(map(str, command))}:\n{ended.stdout}")
    return ended.stdout


def expect_all(client, known):
    missing = [name for name in operations() if name not in known]
    if missing:
        sys.exit(f"The {client} client has no {', '.join(missing)}.")
    print(f"The {client} client has all {len(operations())} operations.")


def python():
    client = OUT / "python" / "postrider_client"
    client.parent.mkdir(parents=True)
    generate = Path(sys.executable).parent / "openapi-python-client"
    run(generate, "generate", "--path", DOCUMENT, "--output-path", client, "--meta", "none")
    expect_all("Python", {path.stem.replace("_", "-") for path in (client / "api").glob("*/*.py")})
    env = {**os.environ, "PYTHONPATH": str(client.parent)}
    return lambda base, name: run(sys.executable, HERE / "send.py", base, KEY, name, env=env)


def typescript():
    there = OUT / "typescript"
    there.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "send.ts"):
        shutil.copy(HERE / name, there)
    run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=there)
    tools = there / "node_modules" / ".bin"
    run(tools / "openapi-ts", "-i", DOCUMENT, "-o", "client", "-c", "@hey-api/client-fetch", cwd=there)
    functions = re.findall(r"^export const (\w+) =", (there / "client" / "sdk.gen.ts").read_text(), re.MULTILINE)
    expect_all("TypeScript", {re.sub(r"[A-Z]", lambda letter: "-" + letter[0].lower(), name) for name in functions})
    options = "--strict --skipLibCheck --target es2022 --lib es2022,dom,dom.iterable --module commonjs --outDir built"
    run(tools / "tsc", "send.ts", *options.split(), cwd=there)
    return lambda base, name: run("node", "built/send.js", base, KEY, name, cwd=there)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def start():
    port = free_port()
    env = {**os.environ, "PORT": str(port), "MINISTACK_PORT": str(free_port()), "POSTRIDER_STATE": str(OUT / "state")}
    log = (OUT / "log").open("w")
    system = subprocess.Popen(["cargo", "run", "--quiet", "--bin", "local", "--", "--fresh"], cwd=ROOT, env=env, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + STARTS_WITHIN
    while system.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{base}/openapi.json", timeout=5)
            return system, base
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    system.terminate()
    sys.exit(f"The local system did not start; see {OUT / 'log'}.")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    senders = {"Python": python(), "TypeScript": typescript()}
    system, base = (None, os.environ["BASE"]) if os.environ.get("BASE") else start()
    try:
        for client, send in senders.items():
            print(f"Sent with the {client} client: {send(base, str(int(time.time()))).strip()}")
    finally:
        if system:
            system.terminate()
            system.wait(timeout=30)


main()

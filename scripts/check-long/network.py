"""Networks of real daemons on loopback for the long checks: made as an administrator would, killed as no one should."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Network:
    """Daemons p00, p01, … of one agreement in a temporary folder; everything is gone at the end."""

    def __init__(self, binary, size, settings, columns=4, rows=60, first_port=21000, hosts=None, prefixes=None):
        """`hosts`: the address of each peer, if not loopback; `prefixes`: the command that starts it there."""
        self.binary = os.path.abspath(binary)
        self.names = [f"p{index:02}" for index in range(size)]
        self.first_port = first_port
        self.folder = tempfile.mkdtemp(prefix="cd-")
        self.processes = {}
        self.prefixes = prefixes or {}
        self.logs = {name: os.path.join(self.folder, f"{name}.log") for name in self.names}
        header = [f"c{column}" for column in range(columns)]
        arguments = ["network", "new", "--name", "long", "--output", "network.yaml", "--columns", ",".join(header)]
        for index, name in enumerate(self.names):
            key = self.run("keygen", "--output", f"{name}.key").stdout.strip()
            address = f"{(hosts or {}).get(name, '127.0.0.1')}:{first_port + index}"
            arguments += ["--participant", f"{name}={key}@{address}"]
            self.write_rows(name, header, rows, index)
            self.write(
                f"{name}.yaml",
                f"name: {name}\nnetwork: network.yaml\nkey: {name}.key\ndata: {{train: {name}.csv}}\n"
                f'listen: "{address}"\nstate: {name}\n')
        for setting in settings:
            arguments += ["--set", setting]
        made = self.run(*arguments)
        if made.returncode != 0:
            raise RuntimeError(made.stderr)

    def write(self, name, text):
        pathlib.Path(self.folder, name).write_text(text)

    def write_rows(self, name, header, count, seed):
        """Two clusters, by a small generator of our own so that every run has the same rows."""
        state = seed * 7919 + 1
        lines = [",".join(header)]
        for row in range(count):
            cells = []
            for column in range(len(header)):
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                cells.append(f"{(state >> 40) / 2**24 + (row % 2) * (3 + column):.6f}")
            lines.append(",".join(cells))
        self.write(f"{name}.csv", "\n".join(lines) + "\n")

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments], cwd=self.folder, capture_output=True, text=True)

    def start(self, name, environment=None, limits=None):
        log = open(self.logs[name], "a")
        self.processes[name] = subprocess.Popen(
            [*self.prefixes.get(name, []), self.binary, "peer", "--config", f"{name}.yaml"], cwd=self.folder, stdout=log, stderr=log,
            env={**os.environ, **(environment or {})}, preexec_fn=limits)
        log.close()

    def start_all(self):
        for name in self.names:
            self.start(name)

    def kill(self, name, number=signal.SIGKILL):
        self.processes[name].send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            return self.processes[name].wait()
        return None

    def ask(self, verb, name):
        """The `data` of a verb; None while the daemon does not answer."""
        done = self.run(verb, "--config", f"{name}.yaml", "--json")
        if done.returncode != 0 or not done.stdout:
            return None
        return json.loads(done.stdout)["data"]

    def wait(self, name, fits, seconds):
        """The first status that fits; raises where none does in time or the daemon has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.ask("status", name)
            if status and fits(status):
                return status
            if self.processes[name].poll() is not None:
                raise RuntimeError(f"{name} ended with {self.processes[name].returncode}: {self.log(name)[-800:]}")
            time.sleep(0.05)
        raise RuntimeError(f"{name} did not come so far in {seconds} s: {self.ask('status', name)}")

    def finish(self, seconds):
        """Waits until all have learnt; their state hashes."""
        return [self.wait(name, lambda s: s["phase"] == "finished", seconds)["stateHash"] for name in self.names]

    def log(self, name):
        return pathlib.Path(self.logs[name]).read_text()

    def memory(self, name):
        """Bytes that are this daemon's share of the machine's memory (PSS)."""
        text = pathlib.Path(f"/proc/{self.processes[name].pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+) kB", text, re.M).group(1)) * 1024

    def descriptors(self, name):
        return len(os.listdir(f"/proc/{self.processes[name].pid}/fd"))

    def close(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

#!/usr/bin/env python3
"""Seconds per session between real daemons on loopback, beside what others need for the same sum.

A vector of 2,310 doubles (10 patterns, 20 columns), one chunk, masks and self masks on. Beside it Open MPI's allreduce in
the same run, where mpicc, mpirun and ../shared/bench/fl_mpi.c are there, and Flower's recorded figures.

usage: scripts/measure-sessions.py [path of the collabdict binary]      REPEATS=3 SIZES="8 31" by default
"""
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MPI_SOURCE = ROOT.parent / "shared" / "bench" / "fl_mpi.c"
REPEATS = int(os.environ.get("REPEATS", "3"))
SIZES = [int(size) for size in os.environ.get("SIZES", "8 31").split()]
TOPOLOGY = """\
consensus: {protection: {chunks: 1}}
standardise: shared
score: density
model: {kind: graphical-mixture, patterns: 10, initialise: scatter, shape: own, starts: 1}
rounds: {tolerance: 0}
simulation:
  data: {generator: heterogeneous-clusters, rows: 100, columns: 20, clusters: 10}
"""
METHODS = [
    ("chebyshev", ["consensus.weights=chebyshev"], 12),
    ("finite", ["consensus.weights=finite"], 12),
    ("exact", ["consensus.method=exact"], 30),
]
# Flower 1.41 simulation, and 1.11 over gRPC; no encryption, no masks; measured once and not run here.
FLOWER = {8: ("204 ms", "10 to 14 ms"), 31: ("610 ms", "48 to 78 ms")}


def demo(binary, topology, size, settings, rounds):
    """One network of processes: its report, and the CPU seconds of all of them."""
    command = [binary, "demo", topology, "--peers", str(size), "--json"]
    for setting in settings + [f"rounds.maximum={rounds}"]:
        command += ["--set", setting]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"measure-sessions: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    report = json.loads(done.stdout)["data"]
    if report["stateHashes"] != 1:
        sys.exit("measure-sessions: the peers ended with different states")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return report, cpu


def ours(binary, topology, size):
    for name, settings, rounds in METHODS:
        # The difference of a long and a short run leaves out start-up and handshakes.
        few = max(3, rounds // 6)
        _, short = demo(binary, topology, size, settings, few)
        runs = [demo(binary, topology, size, settings, rounds) for _ in range(REPEATS)]
        seconds = [report["secondsPerSession"] * 1e3 for report, _ in runs]
        cpu = (statistics.median(cost for _, cost in runs) - short) / (rounds - few) / size * 1e3
        report = runs[0][0]
        print(
            f"S={size:<3} {name:<10} {statistics.median(seconds):8.2f} ms a session (median of {REPEATS} runs, best "
            f"{min(seconds):.2f})  {report['consensus']['stepsPerSession']:3} steps  "
            f"{report['bytesPerPeerPerRound'] / 1024:7.0f} KiB and {cpu:6.1f} ms of CPU a peer and round  "
            f"load {os.getloadavg()[0]:.1f}",
            flush=True)


def allreduce(size, folder):
    if not MPI_SOURCE.exists():
        return print(f"S={size:<3} Open MPI   skipped: {os.path.relpath(MPI_SOURCE, ROOT)} is not there")
    for tool in ("mpicc", "mpirun"):
        if not shutil.which(tool):
            return print(f"S={size:<3} Open MPI   skipped: {tool} is not installed")
    program = os.path.join(folder, "fl_mpi")
    subprocess.run(["mpicc", "-O2", str(MPI_SOURCE), "-o", program, "-lm"], check=True)
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    figures = []
    for _ in range(REPEATS):
        done = subprocess.run(
            ["mpirun", "--oversubscribe", "-np", str(size), program, "200", "1"],
            capture_output=True, text=True, env=environment)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode != 0 or not lines:
            reason = (done.stderr.strip() or "no output").splitlines()[0]
            return print(f"S={size:<3} Open MPI   skipped: mpirun failed: {reason}")
        figures.append(json.loads(lines[0])["allreduce_us"]["p50"] / 1e3)
    print(
        f"S={size:<3} Open MPI   {statistics.median(figures):8.2f} ms an allreduce over shared memory (median of "
        f"{REPEATS} runs, best {min(figures):.2f}); plain, nobody is protected from anybody")


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".build/release/collabdict")
    print("sessions: 2,310 doubles, 1 chunk, masks on; from the first DATA to the agreed sum, slowest peer")
    with tempfile.TemporaryDirectory() as folder:
        topology = os.path.join(folder, "sessions.yaml")
        pathlib.Path(topology).write_text(TOPOLOGY)
        for size in SIZES:
            ours(binary, topology, size)
            allreduce(size, folder)
            if size in FLOWER:
                simulation, grpc = FLOWER[size]
                print(f"S={size:<3} Flower     {simulation} (1.41, simulation), {grpc} (1.11, gRPC): recorded, not run here")


main()

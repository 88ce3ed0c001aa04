#!/usr/bin/env python3
"""Every one of 31 real daemons is killed once at a random moment and started again; then one is paused.

usage: scripts/check-long/daemons.py BINARY [PEERS, 31] [SEED, 1]
"""
import os
import random
import signal
import sys
import time

from network import Network

SETTINGS = [
    "rounds.maximum=1000000", "rounds.tolerance=0", "model.patterns=2", "deadlines.grace=1s",
    "model.initialise=scatter", "model.starts=1",
]
# How long a daemon is stopped: more than any link deadline, so that the others have given it up.
PAUSE_SECONDS = 40
# From the round that the others are in when it starts again, to the first that it takes part in.
ROUNDS_MAXIMUM = 2
# What a member of the round's roster does; all else is outside of it, on its way, or waiting for others.
TAKES_PART = {"preparing", "gathering", "exchanging", "voting", "revealing", "optimising"}


def round_of(network, name):
    status = network.ask("status", name)
    return status["round"] if status else None


def back(network, name, least, seconds):
    return network.wait(name, lambda s: s["round"] >= least and s["phase"] in TAKES_PART, seconds)


def main():
    binary = sys.argv[1]
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 31
    generator = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with Network(binary, size, SETTINGS, first_port=23000) as network:
        network.start_all()
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= 3, 300)
        victims = list(network.names)
        generator.shuffle(victims)
        later, seconds, phases = [], [], set()
        for victim in victims:
            time.sleep(generator.random())
            witness = generator.choice([name for name in network.names if name != victim])
            phase = (network.ask("status", victim) or {}).get("phase", "?")
            phases.add(phase)
            network.kill(victim)
            before = round_of(network, witness)
            network.start(victim)
            begun = time.monotonic()
            status = back(network, victim, before, 120)
            seconds.append(time.monotonic() - begun)
            later.append(status["round"] - before)
            print(f"{victim} killed while {phase}, round {before}: back in round {status['round']} "
                  f"after {seconds[-1]:.1f} s", flush=True)
        last = max(round_of(network, name) for name in network.names)
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= last + 3, 300)
        paused = generator.choice(network.names)
        network.kill(paused, signal.SIGSTOP)
        time.sleep(PAUSE_SECONDS)
        network.kill(paused, signal.SIGCONT)
        last = max(round_of(network, name) or 0 for name in network.names if name != paused)
        after_pause = back(network, paused, last, 300)["round"] - last
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= last + 3, 300)
        errors = [name for name in network.names if "critical" in network.log(name)]
        codes = [network.kill(name, signal.SIGTERM) for name in network.names]
        print(f"daemons: killed={size} of={size} back={len(later)} rounds-until-back={max(later)} "
              f"seconds-until-back={max(seconds):.1f} phases-of-kills={len(phases)} paused-seconds={PAUSE_SECONDS} "
              f"rounds-until-back-from-pause={after_pause} critical-lines={len(errors)} left-cleanly={codes.count(0)} "
              f"load={os.getloadavg()[0]:.1f}")
        # One that was stopped finds its links closed by the others, and has to dial anew with their patience.
        sys.exit(0 if not errors and codes.count(0) == size and max(later) <= ROUNDS_MAXIMUM else 1)


if __name__ == "__main__":
    main()

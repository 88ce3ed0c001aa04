#!/usr/bin/env python3
"""Every one of 31 real daemons is killed once at a random moment and started again; then one is paused.

usage: scripts/check-long/daemons.py BINARY [PEERS, 31] [SEED, 1]
"""
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


def round_of(network, name):
    status = network.ask("status", name)
    return status["round"] if status else None


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
        lost = []
        for victim in victims:
            time.sleep(generator.random())
            witness = generator.choice([name for name in network.names if name != victim])
            phase = (network.ask("status", victim) or {}).get("phase", "?")
            network.kill(victim)
            before = round_of(network, witness)
            network.start(victim)
            # Back: it takes part in the round that the others are in.
            back = network.wait(victim, lambda s: s["round"] >= before and s["phase"] != "idle", 120)
            others = round_of(network, witness)
            lost.append(max(0, others - before))
            print(f"{victim} killed while {phase}, round {before}: back in round {back['round']}, others in {others}",
                  flush=True)
        last = max(round_of(network, name) for name in network.names)
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= last + 3, 300)
        paused = generator.choice(network.names)
        network.kill(paused, signal.SIGSTOP)
        time.sleep(PAUSE_SECONDS)
        network.kill(paused, signal.SIGCONT)
        last = max(round_of(network, name) or 0 for name in network.names if name != paused)
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= last + 3, 300)
        errors = [name for name in network.names if "critical" in network.log(name)]
        codes = [network.kill(name, signal.SIGTERM) for name in network.names]
        print(f"daemons: {size} of {size} killed once, all back; at most {max(lost)} rounds of the others meanwhile; "
              f"one stopped for {PAUSE_SECONDS} s and back; {len(errors)} daemons with a critical line; "
              f"{codes.count(0)} of {size} left cleanly")
        sys.exit(0 if not errors and codes.count(0) == size else 1)


if __name__ == "__main__":
    main()

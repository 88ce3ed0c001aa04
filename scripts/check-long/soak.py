#!/usr/bin/env python3
"""Sixteen daemons for ten minutes, one of them killed every twenty seconds and started again.

Two are never killed: their memory (PSS) against their rounds, and their descriptors, must not grow.

usage: scripts/check-long/soak.py BINARY [SECONDS, 600] [PEERS, 16] [SEED, 1]
"""
import os
import random
import sys
import time

from network import Network

SETTINGS = [
    "rounds.maximum=1000000", "rounds.tolerance=0", "model.patterns=2", "deadlines.grace=1s",
    "model.initialise=scatter", "model.starts=1",
]
KILL_EVERY, SAMPLE_EVERY = 20, 2
SLOPE_MAXIMUM = 1024
WARM_UP = 0.2


def slope(points):
    """Least squares: bytes a round."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def main():
    binary = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 600
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 16
    generator = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    with Network(binary, size, SETTINGS, first_port=25000) as network:
        network.start_all()
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= 3, 300)
        watched, victims = network.names[:2], network.names[2:]
        samples = {name: [] for name in watched}
        descriptors = {name: [] for name in watched}
        begun, kills, next_kill = time.monotonic(), 0, time.monotonic() + KILL_EVERY
        while time.monotonic() - begun < seconds:
            time.sleep(SAMPLE_EVERY)
            for name in watched:
                status = network.ask("status", name)
                if status and time.monotonic() - begun > WARM_UP * seconds:
                    samples[name].append((status["round"], network.memory(name)))
                    # Only whole networks can be compared: links of the dead are missing.
                    if status["alive"] == status["members"]:
                        descriptors[name].append(network.descriptors(name))
            if time.monotonic() >= next_kill:
                next_kill += KILL_EVERY
                victim = generator.choice(victims)
                network.kill(victim)
                network.start(victim)
                kills += 1
        last = max((network.ask("status", name) or {"round": 0})["round"] for name in watched)
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= last, 300)
        failed, slopes = False, []
        for name in watched:
            found = slope(samples[name])
            rounds = samples[name][-1][0] - samples[name][0][0]
            # The control socket's connection of the moment is one more.
            spread = max(descriptors[name]) - min(descriptors[name])
            steady = found < SLOPE_MAXIMUM and spread <= 2
            failed = failed or not steady
            slopes.append(found / 1024)
            print(f"{name}: {rounds} rounds after warm-up, memory {samples[name][0][1] / 2**20:.1f} to "
                  f"{samples[name][-1][1] / 2**20:.1f} MiB, {found / 1024:+.3f} KiB a round; descriptors "
                  f"{min(descriptors[name])} to {max(descriptors[name])}")
        print(f"soak: daemons={size} soaked-seconds={seconds:.0f} kills={kills} rounds={last} "
              f"kib-a-round={max(slopes):+.3f} descriptors={min(map(min, descriptors.values()))}"
              f"-{max(map(max, descriptors.values()))} load={os.getloadavg()[0]:.1f}")
        sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

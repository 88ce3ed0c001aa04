#!/usr/bin/env python3
"""31 real daemons in network namespaces of their own, parted into 16 and 15 in the middle of learning, and joined again.

Each namespace has one cable to the bridge of its group, and a cable joins the two bridges. Unplugging that one drops
packets without a word to anybody, as a cut line does: no socket sees an error. Needs root; says so without, and ends with 77.

usage: scripts/check-long/partition.py BINARY [PEERS, 31] [ROUNDS, 100]
"""
import os
import subprocess
import sys
import time

from network import Network

# The rounds of the majority while the line is cut, before it is mended.
ROUNDS_ALONE = 5
# No link deadline is as long: a member that has not spoken for 15 s is given up.
PATIENCE_SECONDS = 300
# What a part of check-long.sh ends with that cannot run here.
SKIPPED = 77


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Wires:
    """A namespace for each name, on one of two bridges in a namespace of this process."""

    def __init__(self, names, majority):
        self.holders = {}
        self.hosts = {name: f"10.99.{0 if index < majority else 1}.{index + 1}" for index, name in enumerate(names)}
        ip("link", "set", "dev", "lo", "up")
        for bridge in ("bridge0", "bridge1"):
            ip("link", "add", "name", bridge, "type", "bridge")
            ip("link", "set", "dev", bridge, "up")
        ip("link", "add", "name", "between0", "type", "veth", "peer", "name", "between1")
        for end in ("0", "1"):
            ip("link", "set", "dev", f"between{end}", "up", "master", f"bridge{end}")
        for index, name in enumerate(names):
            # The namespace lives as long as this process of it.
            holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
            self.holders[name] = holder
            own = os.readlink("/proc/self/ns/net")
            while os.readlink(f"/proc/{holder.pid}/ns/net") == own:
                time.sleep(0.01)
            ip("link", "add", "name", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
            ip("link", "set", "dev", f"to-{name}", "up", "master", f"bridge{0 if index < majority else 1}")
            for words in (["addr", "add", f"{self.hosts[name]}/16", "dev", "eth0"],
                          ["link", "set", "dev", "eth0", "up"], ["link", "set", "dev", "lo", "up"]):
                subprocess.run(["nsenter", f"--net=/proc/{holder.pid}/ns/net", "ip", *words], check=True)

    def prefixes(self):
        return {name: ["nsenter", f"--net=/proc/{holder.pid}/ns/net"] for name, holder in self.holders.items()}

    def cut(self):
        ip("link", "set", "dev", "between1", "nomaster")

    def mend(self):
        ip("link", "set", "dev", "between1", "master", "bridge1")

    def close(self):
        for holder in self.holders.values():
            holder.kill()
            holder.wait()


def check(binary, size, rounds):
    majority = size // 2 + 1
    names = [f"p{index:02}" for index in range(size)]
    wires = Wires(names, majority)
    settings = [
        f"rounds.maximum={rounds}", "rounds.tolerance=0", "model.patterns=2", "deadlines.grace=1s",
        "model.initialise=scatter", "model.starts=1",
    ]
    try:
        with Network(binary, size, settings, first_port=7440, hosts=wires.hosts, prefixes=wires.prefixes()) as network:
            return parted(network, wires, names[:majority], names[majority:])
    finally:
        wires.close()


def parted(network, wires, many, few):
    network.start_all()
    for name in network.names:
        network.wait(name, lambda s: s["round"] >= 3, PATIENCE_SECONDS)
    at_cut = max(network.ask("status", name)["round"] for name in network.names)
    wires.cut()
    begun = time.monotonic()
    held = {name: network.wait(name, lambda s: s["hold"], PATIENCE_SECONDS) for name in few}
    seconds_to_hold = time.monotonic() - begun
    for name in few:
        print(f"{name} holds in round {held[name]['round']}: {held[name]['hold']}", flush=True)
    alone = network.wait(many[0], lambda s: s["round"] >= at_cut + ROUNDS_ALONE, PATIENCE_SECONDS)
    on = [network.wait(name, lambda s: s["round"] >= alone["round"], PATIENCE_SECONDS) for name in many]
    still = [network.ask("status", name) for name in few]
    faults = []
    if any(status["phase"] == "finished" or status["hold"] for status in on):
        faults.append("the majority holds, or has learnt all there is: ask for more rounds")
    if any(not status["hold"] or status["round"] != held[status["name"]]["round"] for status in still):
        faults.append("a member of the minority did not hold")
    furthest = max(status["round"] for status in on)
    wires.mend()
    begun = time.monotonic()
    for name in few:
        network.wait(name, lambda s: not s["hold"] and s["round"] >= furthest, PATIENCE_SECONDS)
    seconds_to_heal = time.monotonic() - begun
    hashes = set(network.finish(2 * PATIENCE_SECONDS))
    # Nothing of one side in the other: each round has one hash, wherever it is known.
    by_round = {}
    for name in network.names:
        for record in network.ask("rounds", name)["rounds"]:
            by_round.setdefault((record["stage"], record["round"]), set()).add(record["stateHash"])
    split = [key for key, found in by_round.items() if len(found) != 1]
    if len(hashes) != 1 or split:
        faults.append(f"{len(hashes)} state hashes at the end, rounds with several: {split}")
    codes = [network.kill(name, 15) for name in network.names]
    if any(codes):
        faults.append(f"exit codes {codes}")
    for fault in faults:
        print(fault)
    print(f"partition: daemons={len(network.names)} majority={len(many)} minority={len(few)} round-of-cut={at_cut} "
          f"rounds-alone={furthest - at_cut} seconds-until-minority-holds={seconds_to_hold:.0f} "
          f"seconds-until-all-together={seconds_to_heal:.0f} state-hashes={len(hashes)} rounds-with-two-hashes={len(split)}")
    return not faults


def main():
    if os.geteuid() != 0:
        print("partition: needs=root")
        sys.exit(SKIPPED)
    if os.environ.get("COLLABDICT_WIRED") is None:
        # A namespace of our own for the bridges: whatever happens, nothing is left on the machine.
        os.environ["COLLABDICT_WIRED"] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 31
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    return check(sys.argv[1], size, rounds)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

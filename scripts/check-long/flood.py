#!/usr/bin/env python3
"""2,000 sockets that say nothing and 200 that send a byte a second, at one daemon of eight, from an address of strangers.

Windows with and without the flood take turns, so that whatever else the machine does meets both alike.

usage: scripts/check-long/flood.py BINARY [SECONDS of flood, 60]
"""
import os
import resource
import selectors
import socket
import statistics
import sys
import threading
import time

from network import Network

SETTINGS = ["rounds.maximum=1000000", "rounds.tolerance=0", "model.patterns=4", "model.initialise=scatter", "model.starts=1"]
SILENT, DRIPPING = 2000, 200
STRANGER = "127.0.0.2"
WINDOWS = 4
SLOWER_MAXIMUM, GROWTH_MAXIMUM = 0.10, 16 << 20


class Flood(threading.Thread):
    """Keeps all sockets open: one that is closed is opened again a second later."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.running, self.opened, self.returned = port, True, 0, 0

    def run(self):
        selector = selectors.DefaultSelector()
        due = [(time.monotonic() + index / 2000, index < DRIPPING) for index in range(SILENT + DRIPPING)]
        drips = time.monotonic() + 1
        while self.running:
            now = time.monotonic()
            waiting = []
            for when, drips_too in due:
                if when > now:
                    waiting.append((when, drips_too))
                    continue
                stranger = socket.socket()
                stranger.setblocking(False)
                stranger.bind((STRANGER, 0))
                stranger.connect_ex(("127.0.0.1", self.port))
                selector.register(stranger, selectors.EVENT_READ, drips_too)
                self.opened += 1
            due = waiting
            for key, _ in selector.select(0.05):
                try:
                    data = key.fileobj.recv(4096)
                except OSError:
                    data = b""
                self.returned += len(data)
                if not data:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    due.append((time.monotonic() + 1, key.data))
            if time.monotonic() > drips:
                drips += 1
                for key in list(selector.get_map().values()):
                    if key.data:
                        try:
                            key.fileobj.send(b"\0")
                        except OSError:
                            pass
        for key in list(selector.get_map().values()):
            key.fileobj.close()


def rounds_in(network, name, seconds):
    first = network.ask("status", name)["round"]
    begun = time.monotonic()
    time.sleep(seconds)
    return (network.ask("status", name)["round"] - first) / (time.monotonic() - begun)


def main():
    binary = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20000), hard))
    with Network(binary, 8, SETTINGS, first_port=24000) as network:
        network.start_all()
        for name in network.names:
            network.wait(name, lambda s: s["round"] >= 20, 120)
        target, port = "p00", 24000
        time.sleep(10)
        memory = network.memory(target)
        descriptors = network.descriptors(target)
        quiet, flooded, peak, most, opened, returned, reconnect = [], [], memory, descriptors, 0, 0, None
        for window in range(WINDOWS):
            quiet.append(rounds_in(network, target, seconds / WINDOWS))
            flood = Flood(port)
            flood.start()
            flooded.append(rounds_in(network, target, seconds / WINDOWS))
            peak = max(peak, network.memory(target))
            most = max(most, network.descriptors(target))
            if window == WINDOWS - 1:
                network.kill("p01")
                begun = time.monotonic()
                network.start("p01")
                network.wait("p01", lambda s: s["alive"] == s["members"], 60)
                reconnect = time.monotonic() - begun
            flood.running = False
            flood.join()
            opened, returned = opened + flood.opened, returned + flood.returned
        slower = 1 - statistics.median(flooded) / statistics.median(quiet)
        growth = peak - memory
        print(f"windows, rounds a second without/with: {[f'{q:.1f}/{f:.1f}' for q, f in zip(quiet, flooded)]}")
        print(f"flood: connections={opened} bytes-returned={returned} rounds-a-second={statistics.median(quiet):.1f} "
              f"flooded={statistics.median(flooded):.1f} slower={slower:+.1%} memory-mib={memory / 2**20:.1f} "
              f"growth-mib={growth / 2**20:+.1f} descriptors={descriptors} at-most={most} "
              f"reconnect-seconds={reconnect:.1f} load={os.getloadavg()[0]:.1f}")
        sys.exit(0 if slower <= SLOWER_MAXIMUM and growth <= GROWTH_MAXIMUM and returned == 0 else 1)


if __name__ == "__main__":
    main()

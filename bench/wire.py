#!/usr/bin/env python3
"""A way between two network namespaces: a queue, a line of a rate, a delay, losses and reordering, in both directions.

The kernels of small machines have no netem. usage: wire.py NAMESPACE NAMESPACE [--mbit N] [--delay MS] [--loss PERCENT]
[--reorder PERCENT] [--queue MS]. The ends have the addresses 10.9.0.1 and 10.9.0.2. The delay is of one way, the queue what waits
at most at the rate. Each line of input is answered by what passed to the right and to the left since the last one:
{"right":{"bytes","dropped","medianMs","p95Ms"},"left":{…}}. Ends at end of input.
"""
import argparse
import fcntl
import heapq
import json
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001


def open_end(name, namespace, own, other):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN_NO_PI))
    subprocess.run(["ip", "link", "set", name, "netns", namespace], check=True)
    ip = ["ip", "-n", namespace]
    subprocess.run([*ip, "addr", "add", own, "peer", other, "dev", name], check=True)
    subprocess.run([*ip, "link", "set", name, "txqueuelen", "1000", "up"], check=True)
    return fd


class Line:
    def __init__(self, args, out):
        self.args = args
        self.out = out
        self.free_at = 0.0
        self.seconds_per_byte = 8 / (args.mbit * 1e6) if args.mbit else 0.0
        self.clear()

    def clear(self):
        self.bytes = 0
        self.dropped = 0
        self.waits = []

    def take(self, now, packet, due, order):
        a = self.args
        wait = max(0.0, self.free_at - now)
        if wait * 1000 > a.queue or (a.loss and random.random() * 100 < a.loss):
            self.dropped += 1
            return
        self.waits.append(wait)
        self.bytes += len(packet)
        self.free_at = now + wait + len(packet) * self.seconds_per_byte
        late = 0.25 if a.reorder and random.random() * 100 < a.reorder else 0.0
        heapq.heappush(due, (self.free_at + a.delay / 1000 * (1 + late), order, self.out, packet))

    def tell(self):
        waits = sorted(self.waits)
        at = lambda part: round(waits[min(len(waits) - 1, int(part * len(waits)))] * 1000, 2) if waits else 0
        told = {"bytes": self.bytes, "dropped": self.dropped, "medianMs": at(0.5), "p95Ms": at(0.95)}
        self.clear()
        return told


def main():
    p = argparse.ArgumentParser()
    p.add_argument("left")
    p.add_argument("right")
    p.add_argument("--mbit", type=float, default=0)
    p.add_argument("--delay", type=float, default=0)
    p.add_argument("--loss", type=float, default=0)
    p.add_argument("--reorder", type=float, default=0)
    p.add_argument("--queue", type=float, default=1000)
    args = p.parse_args()
    tag = os.getpid() % 10000
    left = open_end(f"wl{tag}", args.left, "10.9.0.1", "10.9.0.2")
    right = open_end(f"wr{tag}", args.right, "10.9.0.2", "10.9.0.1")
    rightward, leftward = Line(args, right), Line(args, left)
    print(json.dumps({"event": "ready"}), flush=True)
    due = []
    order = 0
    poll = select.epoll()
    for fd in (left, right, 0):
        poll.register(fd, select.EPOLLIN)
    monotonic = time.monotonic
    while True:
        wait = 1.0 if not due else max(0.0, due[0][0] - monotonic())
        # Epoll counts in milliseconds: the last one is waited for by asking again.
        events = poll.poll(wait if wait >= 0.001 else 0)
        for fd, _ in events:
            if fd == 0:
                if not sys.stdin.readline():
                    return
                print(json.dumps({"right": rightward.tell(), "left": leftward.tell()}), flush=True)
                continue
            line = rightward if fd == left else leftward
            for _ in range(64):
                try:
                    packet = os.read(fd, 65536)
                except BlockingIOError:
                    break
                order += 1
                line.take(monotonic(), packet, due, order)
        now = monotonic()
        while due and due[0][0] <= now:
            _, _, out, packet = heapq.heappop(due)
            try:
                os.write(out, packet)
            except OSError:
                pass


main()

"""The same as can-reader.ts, with the CAN packages of Python: `python3 can-reader.py python-can|canmatrix CAPTURE DBC`.

Frames are made before the measurement; only reading them is measured.
"""

import io
import json
import sys
import time

MEASURED_S = 1.0


def frames_of(capture):
    lines = (line for line in capture.decode("ascii").split("\r") if line)
    for line in lines:
        digits = 8 if line[0] == "T" else 3
        yield int(line[1 : 1 + digits], 16), digits == 8, bytearray.fromhex(line[2 + digits :])


def open_canmatrix(capture, dbc_file):
    import canmatrix
    import canmatrix.formats

    matrix = canmatrix.formats.loadp_flat(dbc_file)
    frames = [(canmatrix.ArbitrationId(i, extended=x), data) for i, x, data in frames_of(capture)]

    def read_once():
        total = 0.0
        for arbitration_id, data in frames:
            for signal in matrix.decode(arbitration_id, data).values():
                total += float(signal.phys_value)
        return total

    return len(frames), read_once


def open_python_can(capture, _dbc_file):
    import can
    import serial

    class Port(io.BytesIO):
        """A port that has everything at once, and gives a byte at a time as ports do."""

        timeout = None

        @property
        def in_waiting(self):
            return len(self.getbuffer()) - self.tell()

        def read(self, size=1):
            return super().read(size)

    real = serial.serial_for_url
    serial.serial_for_url = lambda *args, **kwargs: Port()
    bus = can.Bus(interface="slcan", channel="capture", sleep_after_open=0)
    serial.serial_for_url = real
    count = capture.count(b"\r")

    def read_once():
        bus.serialPortOrig = Port(capture)
        total = 0
        for _ in range(count):
            total += sum(bus.recv(1).data)
        return total

    return count, read_once


def main():
    reader, capture_file, dbc_file = sys.argv[1:4]
    with open(capture_file, "rb") as file:
        capture = file.read()
    count, read_once = (open_canmatrix if reader == "canmatrix" else open_python_can)(capture, dbc_file)
    total = read_once()
    passes = 0
    started, cpu_started = time.perf_counter(), time.process_time()
    while time.perf_counter() - started < MEASURED_S:
        read_once()
        passes += 1
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu_started
    frames = passes * count
    print(json.dumps({"framesPerSecond": frames / seconds, "cpuUsPerFrame": cpu * 1e6 / frames, "sum": total}))


main()

#!/usr/bin/env python3
"""Computes a sweep's answers again with numpy, from the values of its runs, and compares them to 1e-9.

usage: check.py DUMP, where DUMP is what `cargo run -p sweep --example dump` prints (`-` reads it from standard input).

What is computed here shares no code with the crate: percentiles and means by numpy, ranks by sorting with ties
averaged, crossing shares by counting days, and the draws themselves by a ChaCha8 of its own and Python's mathematics.
"""

import datetime
import json
import math
import pathlib
import struct
import sys

import numpy

TOLERANCE = 1e-9
compared = 0


def same(found, expected, what):
    """Compares numbers, where null stands for what is no number."""
    global compared
    found = numpy.array([math.nan if one is None else one for one in numpy.atleast_1d(found)], dtype=float)
    expected = numpy.atleast_1d(numpy.asarray(expected, dtype=float))
    assert found.shape == expected.shape, f"{what}: {found.shape} values, not {expected.shape}"
    compared += found.size
    close = numpy.isclose(found, expected, rtol=TOLERANCE, atol=0, equal_nan=True) | (found == expected)
    # A rank correlation near zero is a difference of large sums.
    if what.startswith("rank"):
        close |= numpy.abs(found - expected) <= TOLERANCE
    if not close.all():
        place = int(numpy.argmin(close))
        sys.exit(f"{what}, entry {place}: {found[place]!r}, and numpy has {expected[place]!r}")


def ranks(values):
    """Ranks from 1, tied values sharing the mean of theirs."""
    _, inverse, counts = numpy.unique(values, return_inverse=True, return_counts=True)
    last = numpy.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def spearman(a, b):
    a, b = ranks(a), ranks(b)
    if numpy.ptp(a) == 0 or numpy.ptp(b) == 0:
        return math.nan
    return numpy.corrcoef(a, b)[0, 1]


def check(dump):
    request, findings = dump["request"], dump["findings"]
    dates = [datetime.date.fromisoformat(date) for date in dump["dates"]]
    columns = numpy.array(
        [[math.nan if value is None else value for value in column] for column in dump["columns"]], dtype=float
    )
    series = {
        name: columns[place * len(dates) : (place + 1) * len(dates)] for place, name in enumerate(request["output"])
    }
    runs = columns.shape[1]
    assert findings["runs"] == runs and set(findings["percentiles"]) == set(series)

    for name, values in series.items():
        bands = findings["percentiles"][name]
        for percent in (5, 25, 50, 75, 95):
            same(bands[f"p{percent}"], numpy.nanpercentile(values, percent, axis=1), f"{name} p{percent}")
        same(bands["mean"], numpy.nanmean(values, axis=1), f"{name} mean")
        without = numpy.isnan(values).sum(axis=1)
        same(bands.get("runs_without_value", [0] * len(dates)), without, f"{name} runs without a value")
        same(findings["end_values"]["series"][name], values[-1], f"{name} end values")

        inputs = findings["end_values"]["inputs"]
        has = ~numpy.isnan(values[-1])
        sensitivity = findings["sensitivity"][name]
        expected = {key: spearman(numpy.array(of)[has], values[-1][has]) for key, of in inputs.items()}
        for key, correlation in expected.items():
            same(sensitivity["rank_correlation"][key], correlation, f"rank correlation of {key} with {name}")
        known = {key: abs(value) for key, value in expected.items() if not math.isnan(value)}
        most = sensitivity["matters_most"]
        assert most is None if not known else known[most] >= max(known.values()) - TOLERANCE, (name, most, known)

    check_bands(dump, columns, dates)

    shares = []
    for given, found in zip(request["thresholds"], findings["thresholds"], strict=True):
        days = series[given["series"]]
        if "by" in given:
            days = days[[date <= datetime.date.fromisoformat(given["by"]) for date in dates]]
        elif given.get("when") == "at_end":
            days = days[-1:]
        with numpy.errstate(invalid="ignore"):
            across = days > given["above"] if "above" in given else days < given["below"]
        share = across.any(axis=0).mean()
        same(found["share"], share, f"share {given}")
        shares.append(share)

    if "grid" in request:
        expected, keys = [[]], sorted(inputs, key=PURPOSES.get)
        for key in keys:
            expected = [one + [value] for one in expected for value in request["grid"][key]]
        same(numpy.array([inputs[key] for key in keys]).T.ravel(), numpy.ravel(expected), "the grid's inputs")
    if "draws" in request:
        check_draws(request["draws"], inputs)
    return shares


def check_bands(dump, columns, dates):
    """Bands are given for a bootstrap alone, where the default forecast lies between the most that runs do."""
    bands = dump["findings"]["calibrated_bands"]["series"]
    if "bootstrap" not in dump["request"]:
        assert bands == {}, bands
        return
    with open(TABLE, encoding="utf-8") as table:
        rows = [line.rstrip("\n").split(",") for line in table][1:]
    judged = {(row[0], int(row[1])): row for row in rows}
    originals = {"network_RBP_EIB": "rb_total_power_eib", "network_QAP_EIB": "qa_total_power_eib"}
    for place, name in enumerate(dump["request"]["output"]):
        expected = [days for days in (30, 90, 180, 365, 730) if days < len(dates)]
        assert [band["horizon_days"] for band in bands[name]] == expected, bands[name]
        for band in bands[name]:
            days = band["horizon_days"]
            assert band["date"] == dates[days].isoformat(), band
            row = judged[originals.get(name, name), days]
            assert band["claim"] == row[2] and ("low" in band) == (row[2] == "kept"), (band, row)
            values = columns[place * len(dates) + days]
            assert 0.9 * values.min() < band["forecast"] < 1.1 * values.max(), (band, values.min(), values.max())
            if "low" in band:
                same([band["low"], band["high"]], numpy.array(row[8:10], dtype=float) * band["forecast"], f"band of {name}")


TABLE = pathlib.Path(__file__).parents[5] / "data" / "bands.csv"

# The places of assumptions in the table that both the order of a grid and the streams of draws go by.
PURPOSES = {"rbp": 0, "rr": 1, "fpr": 2, "lock_target": 3}
RANGES = {"rbp": (0, 1000), "rr": (0, 1), "fpr": (0, 1), "lock_target": (0, 1)}


def chacha8(seed, stream):
    """The 64-bit words of a stream, first the low half."""
    key = struct.pack("<Q", seed) + b"mechafil-edge: sweep, v1"
    counter = 0
    while True:
        start = [
            *struct.unpack("<4I", b"expand 32-byte k"),
            *struct.unpack("<8I", key),
            counter & 0xFFFFFFFF,
            counter >> 32,
            stream & 0xFFFFFFFF,
            stream >> 32,
        ]
        words = start.copy()

        def quarter(a, b, c, d):
            for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                words[x] = (words[x] + words[y]) & 0xFFFFFFFF
                turned = words[z] ^ words[x]
                words[z] = (turned << bits | turned >> (32 - bits)) & 0xFFFFFFFF

        for _ in range(4):
            for column in range(4):
                quarter(column, 4 + column, 8 + column, 12 + column)
            for column in range(4):
                quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
        block = [(a + b) & 0xFFFFFFFF for a, b in zip(words, start)]
        for low, high in zip(block[::2], block[1::2]):
            yield low | high << 32
        counter += 1


def check_draws(draws, inputs):
    for name, distribution in draws["distributions"].items():
        (kind, given), = distribution.items()
        expected = []
        for run in range(draws["n"]):
            words = chacha8(draws["seed"], run << 8 | PURPOSES[name])
            uniform = lambda: (next(words) >> 11) * 2.0**-53
            normal = lambda: math.sqrt(-2 * math.log(1 - uniform())) * math.cos(2 * math.pi * uniform())
            while True:
                if kind == "normal":
                    value = given["mean"] + given["sd"] * normal()
                elif kind == "lognormal":
                    variance = math.log(1 + (given["sd"] / given["mean"]) ** 2)
                    value = math.exp(math.log(given["mean"]) - variance / 2 + math.sqrt(variance) * normal())
                elif kind == "uniform":
                    value = given["low"] + (given["high"] - given["low"]) * uniform()
                else:
                    low, mode, high = given["low"], given["mode"], given["high"]
                    share = uniform()
                    if share < (mode - low) / (high - low):
                        value = low + math.sqrt(share * (high - low) * (mode - low))
                    else:
                        value = high - math.sqrt((1 - share) * (high - low) * (high - mode))
                if RANGES[name][0] <= value <= RANGES[name][1]:
                    break
            expected.append(value)
        same(inputs[name], expected, f"draws of {name}")


def main():
    source = sys.stdin if sys.argv[1] == "-" else open(sys.argv[1], encoding="utf-8")
    with source:
        dumps = json.load(source)
    shares = [share for dump in dumps for share in check(dump)]
    assert len(dumps) == 3, "a grid, draws, a bootstrap"
    # Shares of nothing and of all would be right by many mistakes.
    assert sum(0 < share < 1 for share in shares) >= 8, shares
    print(f"{compared} values of {len(dumps)} sweeps agree with numpy {numpy.__version__} to {TOLERANCE}")


if __name__ == "__main__":
    main()

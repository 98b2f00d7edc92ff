"""The bundled demonstration network, from the tables in data/, in decimal arithmetic.

Smooth daily curves through monthly figures: piecewise cubic with the slopes of Fritsch and Butland (1984), flat before the
first figure and after the last. A level belongs to the first day of its month, a mean to the middle of it.
"""

import calendar
import datetime
from decimal import Decimal as D
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"
NETWORK_START = datetime.date(2020, 10, 15)


def table(name):
    lines = [line for line in (DATA / name).read_text().splitlines() if not line.startswith("#")]
    names = lines[0].split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]


class Curve:
    def __init__(self, points):
        self.points = points
        rises = [((x1 - x0), (y1 - y0) / (x1 - x0)) for (x0, y0), (x1, y1) in zip(points, points[1:])]
        self.slopes = [D(0)]
        for (width0, rise0), (width1, rise1) in zip(rises, rises[1:]):
            if rise0 * rise1 > 0:
                weight0, weight1 = 2 * width1 + width0, width1 + 2 * width0
                self.slopes.append((weight0 + weight1) / (weight0 / rise0 + weight1 / rise1))
            else:
                self.slopes.append(D(0))
        self.slopes.append(D(0))

    def at(self, x):
        points = self.points
        if x < points[0][0]:
            return points[0][1]
        if x >= points[-1][0]:
            return points[-1][1]
        i = max(i for i, point in enumerate(points) if point[0] <= x)
        (x0, y0), (x1, y1) = points[i], points[i + 1]
        width = x1 - x0
        t = (x - x0) / width
        s = 1 - t
        return s * s * ((1 + 2 * t) * y0 + t * width * self.slopes[i]) + t * t * (
            (1 + 2 * s) * y1 - s * width * self.slopes[i + 1]
        )


def daily(months, column, level, first, days):
    points = []
    for row in months:
        if row[column]:
            year, month = map(int, row["month"].split("-"))
            middle = D(0) if level else D(calendar.monthrange(year, month)[1] - 1) / 2
            points.append((datetime.date(year, month, 1).toordinal() + middle, D(row[column])))
    curve = Curve(points)
    return [curve.at(D(first.toordinal() + day)) for day in range(days)]


def median_of_last_30(values):
    middle = sorted(values[-30:])
    return (middle[14] + middle[15]) / 2


def demonstration_network():
    start = {row["name"]: row["value"] for row in table("demo-network-start.csv")}
    months = table("demo-network.csv")
    first, current = (datetime.date.fromisoformat(start[name]) for name in ("start_date", "current_date"))
    history = (current - first).days
    year, month = map(int, months[-1]["month"].split("-"))
    ahead = (datetime.date(year, month, 28) - current).days + 1

    def flow(column, begin=first, days=history + 1):
        return daily(months, column, False, begin, days)

    burnt = [D(start["burnt_million_fil"]) * 1_000_000]
    for amount in flow("burnt_thousand_fil", days=history):
        burnt.append(burnt[-1] + 1000 * amount)
    raw = daily(months, "raw_power_eib", True, first, history + 1)
    qa = daily(months, "qa_power_eib", True, first, history + 1)
    onboarded = flow("onboarded_raw_pib")
    renewal_rate = flow("renewal_rate", days=history)
    released = flow("pledge_release_thousand_fil", days=history + ahead)
    return {
        "history_days": history,
        "start_day": (first - NETWORK_START).days,
        "raw_power_eib": raw,
        "qa_power_eib": qa,
        "onboarded_raw_pib": onboarded,
        "onboarded_qa_pib": flow("onboarded_qa_pib"),
        "renewed_raw_pib": flow("renewed_raw_pib"),
        "renewed_qa_pib": flow("renewed_qa_pib"),
        "burnt_fil": burnt,
        "renewal_rate": renewal_rate,
        "raw_known_expirations_pib": flow("expiring_raw_pib", current, ahead),
        "qa_known_expirations_pib": flow("expiring_qa_pib", current, ahead),
        "known_pledge_release_fil": [1000 * amount for amount in released],
        "start_vested_fil": D(start["vested_million_fil"]) * 1_000_000,
        "zero_cum_capped_power_eib": D(start["cumulative_capped_power_eib_days"]),
        "init_baseline_eib": D(start["baseline_eib"]),
        "circ_supply_zero_fil": D(start["circulating_million_fil"]) * 1_000_000,
        "locked_zero_fil": D(start["locked_million_fil"]) * 1_000_000,
        "daily_burnt_fil": (burnt[-1] - burnt[0]) / history,
        # What a forecast assumes unless told otherwise.
        "rbp": median_of_last_30(onboarded),
        "rr": median_of_last_30(renewal_rate),
        "fpr": median_of_last_30(flow("filplus_rate", current - datetime.timedelta(days=180), 181)),
    }

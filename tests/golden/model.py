"""Filecoin's economic model from its formulas (docs/model.md), in decimal arithmetic of 40 digits.

Independent of the engine: another language, another arithmetic, nothing shared but the formulas. Its values carry no rounding
that a double could show, and are the same on every machine, because decimal arithmetic is specified to the last digit.
"""

from decimal import Context, Decimal as D, ROUND_HALF_EVEN, setcontext

# No traps: 0 / 0 is no number, 1 / 0 is infinite, as in the engine.
setcontext(Context(prec=40, rounding=ROUND_HALF_EVEN, traps=[]))

NAN = D("NaN")
LN2 = D(2).ln()
LAMBDA = LN2 / 2190
GROWTH = LN2 / 365
GENESIS_BASELINE_EIB = D("2.766213637444971e18") / 2**60
SIMPLE_FIL, BASELINE_FIL = D(330_000_000), D(770_000_000)
DISBURSED_FIL = D("17066618.961773411890063046")
TRANCHES = [
    ("six_month_vest_saft", 51_803_587, 183),
    ("one_year_vest_saft", 31_821_712, 365),
    ("two_year_vest_saft", 7_223_364, 730),
    ("three_year_vest_saft", 88_536_841, 1095),
    ("six_year_vest_saft", 9_805_053, 2190),
    ("six_year_vest_pl", 300_000_000, 2190),
    ("six_year_vest_foundation", 100_000_000, 2190),
]
ALIASES = {
    "network_RBP_EIB": "rb_total_power_eib",
    "network_QAP_EIB": "qa_total_power_eib",
    "day_onboarded_power_QAP_PIB": "qa_day_onboarded_power_pib",
    "day_renewed_power_QAP_PIB": "qa_day_renewed_power_pib",
}


def smaller(a, b):
    return NAN if a.is_nan() or b.is_nan() else min(a, b)


def larger(a, b):
    return NAN if a.is_nan() or b.is_nan() else max(a, b)


def power_of(base, exponent):
    return D(1) if exponent == 0 else base**exponent


def fip0081_gamma(day):
    """One until 2024-11-21, network day 1498, then falling evenly to 0.7 a year later."""
    return 1 - D("0.3") * min(max(day - 1498, 0), 365) / 365


def consensus(weighting, gamma, simple, base):
    if weighting == "arithmetic":
        return (1 - gamma) * simple + gamma * base
    if weighting == "geometric":
        return power_of(simple, 1 - gamma) * power_of(base, gamma)
    if weighting == "harmonic":
        return 1 / ((1 - gamma) / simple + gamma / base)
    raise ValueError(weighting)


def power(known, onboarded, rr, kept, duration, zero):
    """What expires and is renewed in each step, and the power after it, PiB."""
    expiring, renewed, total, level = [], [], [], zero
    for step, new in enumerate(onboarded):
        due = known[step] if step < len(known) else D(0)
        if step >= duration:
            due += onboarded[step - duration] + renewed[step - duration]
        expiring.append(due)
        renewed.append(due * rr[step] * kept[step])
        level = level + new - due + renewed[-1]
        total.append(level)
    return expiring, renewed, total


def forecast(network, c):
    """All 44 series. `c` holds the controls: for each day of the forecast a value, or one for all."""
    H, F, d0, duration = network["history_days"], c["forecast_days"], network["start_day"], c["sector_duration_days"]
    N = H + F
    rbp, rr, fpr, multiplier, kept = (c[name] for name in ("rbp", "rr", "fpr", "fil_plus_multiplier", "qa_renewal_multiplier"))
    out = {"days": [D(d0 + i) for i in range(N)]}

    # Power. Step t shows on day H + 1 + t, and the last step on none.
    on_qa = [rbp[t] * (1 + (multiplier[t] - 1) * fpr[t]) for t in range(F)]
    raw_expiring, raw_renewed, raw = power(
        network["raw_known_expirations_pib"], rbp, rr, [D(1)] * F, duration, 1024 * network["raw_power_eib"][H])
    qa_expiring, qa_renewed, qa = power(
        network["qa_known_expirations_pib"], on_qa, rr, kept, duration, 1024 * network["qa_power_eib"][H])
    qa = [smaller(qa[t], multiplier[t] * raw[t]) for t in range(F)]
    RAW = out["rb_total_power_eib"] = network["raw_power_eib"] + [x / 1024 for x in raw[:-1]]
    QA = out["qa_total_power_eib"] = network["qa_power_eib"] + [x / 1024 for x in qa[:-1]]
    out["rb_day_onboarded_power_pib"] = network["onboarded_raw_pib"] + rbp[:-1]
    ON = out["qa_day_onboarded_power_pib"] = network["onboarded_qa_pib"] + on_qa[:-1]
    out["rb_day_renewed_power_pib"] = network["renewed_raw_pib"] + raw_renewed[:-1]
    RENEWED = out["qa_day_renewed_power_pib"] = network["renewed_qa_pib"] + qa_renewed[:-1]
    out["rb_sched_expire_power_pib"], out["qa_sched_expire_power_pib"] = raw_expiring, qa_expiring
    RR = out["full_renewal_rate"] = network["renewal_rate"] + rr

    # Vesting.
    for name, amount, days in TRANCHES:
        out[name] = [D(amount) / days if d0 + i < days else D(0) for i in range(N)]
    out["total_day_vest"] = [sum(out[name][i] for name, _, _ in TRANCHES) for i in range(N)]
    VESTED, total = [], network["start_vested_fil"]
    for amount in out["total_day_vest"]:
        total += amount
        VESTED.append(total)
    out["total_vest"] = VESTED

    # Minting.
    BASELINE = c["baseline_eib"] or [network["init_baseline_eib"] * (GROWTH * i).exp() for i in range(N)]
    CAPPED = [smaller(BASELINE[i], RAW[i]) for i in range(N)]
    CUMULATIVE, total = [], network["zero_cum_capped_power_eib"]
    for capped in CAPPED:
        total += capped
        CUMULATIVE.append(total)
    TIME = [(GROWTH * x / GENESIS_BASELINE_EIB + 1).ln() / GROWTH for x in CUMULATIVE]
    BY_BASELINE = [BASELINE_FIL * (1 - (-c["lambda"] * time).exp()) for time in TIME]
    SIMPLE = [SIMPLE_FIL * (1 - (-c["lambda"] * (d0 + i)).exp()) for i in range(N)]
    MINTED = [BY_BASELINE[i] + SIMPLE[i] for i in range(N)]
    REWARD = [NAN] + [MINTED[i] - MINTED[i - 1] for i in range(1, N)]
    REWARD[0] = REWARD[1]
    out |= {
        "network_baseline_EIB": BASELINE, "capped_power_EIB": CAPPED, "cum_capped_power_EIB": CUMULATIVE,
        "network_time": TIME, "cum_baseline_reward": BY_BASELINE, "cum_simple_reward": SIMPLE,
        "cum_network_reward": MINTED, "day_network_reward": REWARD,
    }

    # Supply. The controls of pledge act on day H + t.
    target = [D("0.3")] * H + c["lock_target"]
    gamma = c["historical_gamma"] + c["gamma"]
    weighting = ["arithmetic"] * H + c["weighting"]
    sign = {"added": 1, "subtracted": -1}[c["locked_sign"]]
    release = network["known_pledge_release_fil"]
    circulating, locked = network["circ_supply_zero_fil"], network["locked_zero_fil"]
    available = circulating - locked
    PLEDGE, REWARDS, LOCKED, CIRCULATING, AVAILABLE = [locked / 2], [locked / 2], [locked], [circulating], [circulating]
    DAY_LOCKED, DAY_RENEWED = [D(0)], [D(0)]
    BURNT = list(network["burnt_fil"])
    for i in range(1, N):
        supply = available if c["use_available_supply"] else circulating

        def pledge(added):
            share = added / (1024 * QA[i])
            of_larger = added / larger(1024 * QA[i], 1024 * BASELINE[i])
            simple = larger(target[i] * supply * share, D(0))
            base = larger(target[i] * supply * of_larger, D(0))
            return smaller(1_048_576 * added, 20 * REWARD[i] * share + consensus(weighting[i], gamma[i], simple, base))

        released = release[i] if i < len(release) else D(0)
        if i - duration >= H:
            released += DAY_LOCKED[i - duration]
        new, again, before = pledge(ON[i]), pledge(RENEWED[i]), RR[i] * released
        DAY_RENEWED.append(larger(before, again))
        DAY_LOCKED.append(new + DAY_RENEWED[i])
        of_pledge = new - (1 - RR[i]) * released + larger(D(0), again - before)
        of_rewards = D("0.75") * REWARD[i] - REWARDS[i - 1] / 180
        PLEDGE.append(PLEDGE[i - 1] + of_pledge)
        REWARDS.append(REWARDS[i - 1] + of_rewards)
        LOCKED.append(larger(LOCKED[i - 1] + of_pledge + of_rewards, D(0)))
        if i > H:
            BURNT.append(BURNT[-1] + c["daily_burnt_fil"][i - H - 1])
        unlocked = DISBURSED_FIL + MINTED[i] + VESTED[i] - LOCKED[i] - BURNT[i]
        available = larger(unlocked + sign * LOCKED[i], D(0))
        circulating = larger(unlocked, D(0))
        AVAILABLE.append(available)
        CIRCULATING.append(circulating)
    out |= {
        "disbursed_reserve": [DISBURSED_FIL] * N, "network_gas_burn": BURNT, "day_locked_pledge": DAY_LOCKED,
        "day_renewed_pledge": DAY_RENEWED, "network_locked_pledge": PLEDGE, "network_locked_reward": REWARDS,
        "network_locked": LOCKED, "circ_supply": CIRCULATING, "available_supply": AVAILABLE,
    }

    # Returns.
    per_sector = [(DAY_LOCKED[i] - DAY_RENEWED[i]) / 32_768 / ON[i] for i in range(N)]
    per_sector[0] = per_sector[1]
    earned = [REWARD[i] / 33_554_432 / QA[i] for i in range(N)]
    year = [sum(earned[i : i + 365]) for i in range(max(N - 364, 0))]
    out |= {
        "day_pledge_per_QAP": per_sector, "day_rewards_per_sector": earned, "1y_return_per_sector": year,
        "1y_sector_roi": [year[i] / per_sector[i] for i in range(len(year))],
    }
    return out | {alias: out[original] for alias, original in ALIASES.items()}

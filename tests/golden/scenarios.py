"""The scenarios: between them every control of the model, constant and by the day, and every clamp.

A value is a number (as text: exactly that decimal), or a line from one value on the first day to another on the last. What a
scenario leaves out is the product's default.
"""


def line(first, last):
    return {"from": first, "to": last}


SCENARIOS = {
    "defaults": {"about": "What a forecast assumes where nobody says anything, over ten years."},
    "constants": {
        "about": "Every control a constant that is not the default; pledge against the available supply.",
        "forecast_days": 800, "sector_duration_days": 360, "rbp": "6.5", "rr": "0.71", "fpr": "0.35",
        "fil_plus_multiplier": "7", "qa_renewal_multiplier": "0.9", "lock_target": "0.22", "gamma": "0.85",
        "historical_gamma": "0.95", "use_available_supply": True, "daily_burnt_fil": "5000",
    },
    "lines": {
        "about": "Every control that can be given by the day is, arithmetic weighting.",
        "forecast_days": 730, "sector_duration_days": 400, "rbp": line("2", "9"), "rr": line("0.9", "0.5"),
        "fpr": line("0.1", "1"), "fil_plus_multiplier": line("10", "6"), "qa_renewal_multiplier": line("1", "0.8"),
        "lock_target": line("0.3", "0.4"), "gamma": line("1", "0"), "historical_gamma": line("1", "0.8"),
        "daily_burnt_fil": line("1000", "20000"), "baseline_eib": line("11", "40"),
    },
    "geometric": {
        "about": "Geometric weighting, gamma by the day.",
        "forecast_days": 600, "weighting": "geometric", "gamma": line("1", "0.4"), "fpr": "0.6",
    },
    "harmonic": {
        "about": "Harmonic weighting; more onboarding than now.",
        "forecast_days": 600, "weighting": "harmonic", "gamma": "0.5", "rbp": "20", "sector_duration_days": 200,
    },
    "weightings-in-turn": {
        "about": "The weighting changes on the way.",
        "forecast_days": 365, "weighting": {"until": [[100, "arithmetic"], [230, "harmonic"], [365, "geometric"]]},
        "gamma": "0.6", "use_available_supply": True,
    },
    "collapse": {
        "about": "Next to nothing is onboarded and nothing renewed: raw power bounds quality-adjusted power, and the cap the pledge.",
        "forecast_days": 2000, "rbp": "0.01", "rr": "0", "fpr": "0.3", "lock_target": "0.9", "gamma": "0",
        "sector_duration_days": 500,
    },
    "nothing-onboarded": {
        "about": "Nothing is onboarded, all is renewed: there is no pledge per onboarded power.",
        "forecast_days": 500, "rbp": "0", "rr": "1",
    },
    "all-is-locked": {
        "about": "A lock target beyond reason: supply and then locked FIL touch zero. The other sign of the locked FIL, another decay.",
        "forecast_days": 700, "lock_target": line("0.3", "60"), "rbp": "40", "rr": "0.95", "sector_duration_days": 180,
        "locked_sign": "subtracted", "lambda": "0.00033", "gamma": "0.2",
    },
    "one-day": {"about": "The shortest forecast.", "forecast_days": 1},
    "a-young-network": {
        "about": "The same history as if it had begun 100 days after network start: every vesting tranche pays.",
        "start_day": 100, "forecast_days": 400, "rbp": line("10", "60"), "fpr": "0.2", "historical_gamma": "fip0081",
        "gamma": "fip0081",
    },
}

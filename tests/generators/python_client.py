"""The client that openapi-python-client makes of /openapi.json: generated without a warning, and used.

BASE_URL names the server, MADE an empty folder for what is generated.
"""

import importlib
import inspect
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import urllib.request
from enum import Enum

BASE_URL = os.environ["BASE_URL"]
MADE = pathlib.Path(os.environ["MADE"])
PACKAGE = "mechafil_client"
DOCUMENT = json.load(urllib.request.urlopen(f"{BASE_URL}/openapi.json"))


def setUpModule() -> None:
    """Generates the client. A warning would be an operation or a type that the generator leaves out."""
    config = MADE / "config.json"
    config.write_text(json.dumps({"package_name_override": PACKAGE, "post_hooks": []}))
    generator = pathlib.Path(sys.executable).with_name("openapi-python-client")
    arguments = ["generate", "--url", f"{BASE_URL}/openapi.json", "--output-path", str(MADE / "client")]
    made = subprocess.run(
        [generator, *arguments, "--config", str(config), "--fail-on-warning"], capture_output=True, text=True
    )
    if made.returncode != 0:
        raise AssertionError(f"openapi-python-client:\n{made.stdout}{made.stderr}")
    sys.path.insert(0, str(MADE / "client"))


def operation(method: str, path: str):
    """The generated module of an operation, by the name and the tag that the document gives it."""
    told = DOCUMENT["paths"][path][method]
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", told["operationId"]).lower()
    return importlib.import_module(f"{PACKAGE}.api.{told['tags'][0]}.{snake}")


def client():
    return importlib.import_module(PACKAGE).Client(base_url=BASE_URL)


def enumerations() -> list[type[Enum]]:
    """The generated types that are one of a list of names."""
    models = importlib.import_module(f"{PACKAGE}.models")
    return [made for _, made in inspect.getmembers(models) if inspect.isclass(made) and issubclass(made, Enum)]


def series(name: str) -> Enum:
    """A series, as the generated type of the field `output` has it."""
    return next(made(name) for made in enumerations() if name in {value.value for value in made})


def assumptions(**fields):
    """The generated type of a forecast's request."""
    name = DOCUMENT["paths"]["/simulate"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    models = importlib.import_module(f"{PACKAGE}.models")
    return getattr(models, name["$ref"].rsplit("/", 1)[1])(**fields)


class PythonClient(unittest.TestCase):
    def forecast(self, path: str, **fields) -> dict:
        reply = operation("post", path).sync_detailed(client=client(), body=assumptions(**fields))
        self.assertEqual(reply.status_code, 200, reply.content)
        return reply.parsed.to_dict()

    def test_every_operation_has_a_function(self) -> None:
        for path, operations in DOCUMENT["paths"].items():
            for method in operations.keys() & {"get", "put", "post", "delete"}:
                with self.subTest(f"{method} {path}"):
                    self.assertTrue(inspect.isfunction(operation(method, path).sync_detailed))

    def test_a_forecast_with_constants_and_vectors(self) -> None:
        days = 90
        fields = {
            "forecast_length_days": days,
            "rbp": 4.0,
            "rr": [0.83 - 0.3 * day / days for day in range(days)],
            "fpr": 0.9,
            "lock_target": 0.3,
            "gamma": [0.7] * days,
            "fil_plus_multiplier": 10,
            "use_available_supply": True,
            "output": [series("circ_supply"), series("1y_sector_roi")],
        }
        told = self.forecast("/simulate/full", **fields)
        for name in fields["output"]:
            self.assertEqual(len(told["simulation_output"][name.value]), days, name)
        self.assertEqual(told["input"]["raw_byte_power"], 4.0)

    def test_the_weighting_is_one_of_three_names(self) -> None:
        names = {"arithmetic", "geometric", "harmonic"}
        weightings = [made for made in enumerations() if {value.value for value in made} == names]
        self.assertTrue(weightings, "no generated type has the three names")
        told = self.forecast("/simulate", forecast_length_days=365, gamma_weight_type=weightings[0]("geometric"))
        self.assertIn("geometric", json.dumps(told["input"]))

    def test_nothing_given_is_a_forecast_of_ten_years(self) -> None:
        told = self.forecast("/simulate")
        self.assertEqual(told["input"]["forecast_length_days"], 3650)

    def test_the_history_and_a_choice_of_its_fields(self) -> None:
        for fields in ("historical_raw_power_eib", "circ_supply", "renewal_rate_averaged_over_previous_30days", None):
            query = {"fields": fields} if fields else {}
            for path in ("/historical-data", "/historical-data/full"):
                with self.subTest(f"{path} {query}"):
                    reply = operation("get", path).sync_detailed(client=client(), **query)
                    self.assertEqual(reply.status_code, 200, reply.content)
                    self.assertIsNotNone(reply.parsed)

    def test_health(self) -> None:
        reply = operation("get", "/health").sync_detailed(client=client())
        self.assertTrue(reply.parsed.to_dict()["status"])

    def test_a_refusal_is_a_problem_with_its_fields(self) -> None:
        reply = operation("post", "/simulate").sync_detailed(client=client(), body=assumptions(rr=1.5))
        self.assertEqual(reply.status_code, 422)
        self.assertEqual(reply.parsed.to_dict()["errors"][0]["pointer"], "/rr")


if __name__ == "__main__":
    unittest.main()

"""Two agent frameworks load the tools of /mcp, as they give them to a model, and call them. BASE_URL names the server."""

import json
import logging
import os
import unittest

from agents.mcp import MCPServerStreamableHttp, MCPUtil
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_mcp_adapters.client import MultiServerMCPClient

URL = f"{os.environ['BASE_URL']}/mcp"
# unittest runs asyncio in debug mode, which reports every call that took a tenth of a second.
logging.getLogger("asyncio").setLevel(logging.ERROR)
TOOLS = {
    "fetch_context", "get_historical_data", "simulate", "compare_scenarios", "provide_plot", "forecast_range", "find_assumption",
    "forecast_accuracy",
}
FORECAST = {
    "forecast_length_days": 365,
    "rbp": 4.0,
    "rr": [0.8] * 365,
    "gamma_weight_type": "geometric",
    "requested_metrics": ["1y_sector_roi"],
}
SCENARIOS = {"forecast_length_days": 200, "scenarios": [{"name": "as today"}, {"name": "more", "rbp": 6.0}]}
PLOT = {"series": ["network_RBP_EIB", "network_baseline_EIB"]}
CALLS = [("simulate", FORECAST), ("compare_scenarios", SCENARIOS), ("provide_plot", PLOT), ("get_historical_data", {})]


def untyped(schema, path="") -> list[str]:
    """The places in a tool's schema where a value may be anything: a model is told nothing of them."""
    found = []
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            known = {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"} & inner.keys()
            if not known:
                found.append(f"{path}/{name}")
            for branch in inner.get("anyOf", []) + inner.get("oneOf", []):
                if not {"type", "enum", "const", "$ref", "properties"} & branch.keys():
                    found.append(f"{path}/{name}: {json.dumps(branch)[:80]}")
            found += untyped(inner, f"{path}/{name}")
    return found


class Langchain(unittest.IsolatedAsyncioTestCase):
    """langchain-mcp-adapters."""

    async def test_langchain_loads_the_tools_and_calls_them(self) -> None:
        client = MultiServerMCPClient({"mechafil": {"transport": "streamable_http", "url": URL}})
        tools = {tool.name: tool for tool in await client.get_tools()}
        self.assertEqual(set(tools), TOOLS)
        for name, tool in tools.items():
            function = convert_to_openai_tool(tool)["function"]
            self.assertEqual(function["name"], name)
            self.assertEqual(untyped(function["parameters"]), [], name)
        for name, arguments in CALLS:
            with self.subTest(name):
                self.assertTrue(await tools[name].ainvoke(arguments))


class OpenAiAgents(unittest.IsolatedAsyncioTestCase):
    """openai-agents."""

    async def test_openai_agents_loads_the_tools_and_calls_them(self) -> None:
        async with MCPServerStreamableHttp(params={"url": URL, "timeout": 60}) as server:
            tools = {tool.name: tool for tool in await server.list_tools()}
            self.assertEqual(set(tools), TOOLS)
            for tool in tools.values():
                made = MCPUtil.to_function_tool(tool, server, convert_schemas_to_strict=False)
                self.assertEqual(untyped(made.params_json_schema), [], tool.name)
            for name, arguments in CALLS:
                with self.subTest(name):
                    told = await server.call_tool(name, arguments)
                    self.assertFalse(told.isError, told.content[0].text)
            told = await server.call_tool("simulate", FORECAST)
            self.assertEqual(told.structuredContent["timestep_days"], 7)


if __name__ == "__main__":
    unittest.main()

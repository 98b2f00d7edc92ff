"""The Python packages `mcp` and `fastmcp`, against the server at MCP_URL."""

import json
import logging
import os
import unittest

import fastmcp
import mcp

URL = os.environ["MCP_URL"]
# unittest runs asyncio in debug mode, which reports every call that took a tenth of a second.
logging.getLogger("asyncio").setLevel(logging.ERROR)
TOOLS = [
    "fetch_context", "get_historical_data", "simulate", "compare_scenarios", "provide_plot", "forecast_accuracy",
    "forecast_range", "find_assumption",
]
FORECAST = {"forecast_length_days": 365, "requested_metrics": ["1y_sector_roi", "cum_simple_reward"]}
WRONG = {"rbp": -1, "requested_metrics": ["circ_suply"]}
SCENARIOS = {"forecast_length_days": 200, "scenarios": [{"name": "as today"}, {"name": "more", "rbp": 6.0}]}


class Mcp(unittest.IsolatedAsyncioTestCase):
    """The package `mcp`, which checks structured results against the declared schemas itself."""

    async def use(self, mode: str, revision: str) -> None:
        async with mcp.Client(URL, mode=mode) as client:
            self.assertEqual(client.protocol_version, revision)
            tools = await client.list_tools()
            self.assertEqual([tool.name for tool in tools.tools], TOOLS)
            told = await client.call_tool("simulate", FORECAST)
            self.assertFalse(told.is_error)
            forecast = told.structured_content
            self.assertEqual(len(forecast["1y_sector_roi"]), forecast["n_entries"])
            self.assertEqual(len(forecast["daily_simple_reward"]), forecast["n_entries"])
            self.assertEqual(json.loads(told.content[0].text)["sim_start_date"], forecast["sim_start_date"])
            for name, arguments in [
                ("fetch_context", {}),
                ("get_historical_data", {}),
                ("compare_scenarios", SCENARIOS),
                ("provide_plot", {"series": ["network_RBP_EIB", "network_baseline_EIB"]}),
            ]:
                told = await client.call_tool(name, arguments)
                self.assertFalse(told.is_error, told.content[0].text)
            refused = await client.call_tool("simulate", WRONG)
            self.assertTrue(refused.is_error)
            self.assertIn("circ_supply", refused.content[0].text)
            guide = await client.read_resource("filecoin://context")
            self.assertIn("Filecoin", guide.contents[0].text)
            prompt = await client.get_prompt("supply_outlook", {"years": "2"})
            self.assertIn("730", prompt.messages[0].content.text)

    async def test_mcp_talks_the_newest_revision(self) -> None:
        await self.use("auto", "2026-07-28")

    async def test_mcp_talks_with_the_handshake(self) -> None:
        await self.use("legacy", "2025-11-25")


class FastMcp(unittest.IsolatedAsyncioTestCase):
    """The package `fastmcp`."""

    async def use(self, mode: str) -> None:
        async with fastmcp.Client(URL, mode=mode) as client:
            self.assertEqual([tool.name for tool in await client.list_tools()], TOOLS)
            told = await client.call_tool("simulate", {"sim": FORECAST})
            forecast = told.structured_content
            self.assertEqual(len(forecast["1y_sector_roi"]), forecast["n_entries"])
            told = await client.call_tool("compare_scenarios", SCENARIOS)
            self.assertEqual(told.structured_content["reference"], "as today")
            with self.assertRaisesRegex(fastmcp.exceptions.ToolError, "circ_supply"):
                await client.call_tool("simulate", WRONG)
            guide = await client.read_resource("filecoin://context")
            self.assertIn("Filecoin", guide[0].text)
            prompt = await client.get_prompt("network_health", {"field": "burnt_fil"})
            self.assertIn("burnt_fil", prompt.messages[0].content.text)

    async def test_fastmcp_finds_out_by_itself_what_to_talk(self) -> None:
        await self.use("auto")

    async def test_fastmcp_talks_with_the_handshake(self) -> None:
        await self.use("legacy")


if __name__ == "__main__":
    unittest.main()

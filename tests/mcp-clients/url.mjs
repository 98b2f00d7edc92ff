// Where the server under test is: MCP_URL, such as http://127.0.0.1:8787/mcp.
export const url = process.env.MCP_URL;
if (!url) throw new Error("set MCP_URL to the server's address, such as http://127.0.0.1:8787/mcp");

// The tools, in the order of the list.
export const TOOLS = [
  "fetch_context", "get_historical_data", "simulate", "compare_scenarios", "provide_plot", "forecast_accuracy", "forecast_range",
  "find_assumption",
];

// Six things that every client has to be able to do, whatever it is called in its library. `client` has the methods
// listTools, callTool, readResource, getPrompt and complete, which give the protocol's results.
export async function useIt(client, assert) {
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), TOOLS);

  const forecast = await client.callTool("simulate", {
    forecast_length_days: 365, requested_metrics: ["1y_sector_roi", "cum_simple_reward"],
  });
  const told = forecast.structuredContent;
  assert.equal(told.timestep_days, 7);
  assert.equal(told["1y_sector_roi"].length, told.n_entries);
  assert.equal(told.daily_simple_reward.length, told.n_entries);
  assert.match(told.sim_start_date, /^\d{4}-\d\d-\d\d$/);
  const text = JSON.parse(forecast.content[0].text);
  assert.ok(Math.abs(text["1y_sector_roi"][0] / told["1y_sector_roi"][0] - 1) < 1e-5);

  const wrong = await client.callTool("simulate", { rbp: -1, requested_metrics: ["circ_suply"] });
  assert.equal(wrong.isError, true);
  assert.match(wrong.content[0].text, /rbp: must be 0 to 1000 PiB\/day/);
  assert.match(wrong.content[0].text, /circ_supply/);

  const guide = await client.readResource("filecoin://context");
  assert.match(guide.contents[0].text, /Filecoin/);

  const prompt = await client.getPrompt("supply_outlook", { years: "2" });
  assert.match(prompt.messages[0].content.text, /730/);

  const { completion } = await client.complete("supply_outlook", "metric", "daily_g");
  assert.deepEqual(completion.values, ["daily_gas_burn"]);
}

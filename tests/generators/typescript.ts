// What openapi-typescript makes of /openapi.json, with openapi-fetch: tsc checks this program, then it runs. BASE_URL names
// the server. `made/schema.d.ts` is generated beside it.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./made/schema.d.ts";

const client = createClient<paths>({ baseUrl: process.env.BASE_URL! });

const days = 90;
const forecast = await client.POST("/simulate/full", {
  body: {
    forecast_length_days: days,
    rbp: 4,
    rr: Array.from({ length: days }, (_, day) => 0.83 - (0.3 * day) / days),
    gamma_weight_type: "geometric",
    use_available_supply: true,
    output: ["circ_supply", "1y_sector_roi"],
  },
});
if (!forecast.data || typeof forecast.data === "string") throw new Error(JSON.stringify(forecast.error));
const supply: readonly (number | null)[] | undefined = forecast.data.simulation_output.circ_supply;
assert.equal(supply?.length, days);
const warnings: readonly string[] = forecast.data.warnings;
assert.ok(Array.isArray(warnings));

const history = await client.GET("/historical-data", { params: { query: { fields: "circ_supply", resolution: "monthly" } } });
assert.equal(history.response.status, 200);

const health = await client.GET("/health");
const status: string | undefined = health.data?.status;
assert.ok(status);

// What the server refuses, the types refuse too.
type Assumptions = components["schemas"]["Assumptions"];
// @ts-expect-error: an assumption that is misspelt
const misspelt: Assumptions = { gama: 0.7 };
// @ts-expect-error: a weighting that there is not
const unknown: Assumptions = { gamma_weight_type: "median" };
for (const body of [misspelt, unknown]) {
  const refused = await client.POST("/simulate", { body });
  assert.equal(refused.response.status, 422);
  assert.ok(refused.error && "code" in refused.error && refused.error.code === "INVALID_REQUEST");
}
console.log("the generated types fit, and the requests are answered");

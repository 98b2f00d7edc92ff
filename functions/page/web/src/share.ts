// The question in other forms: curl, the call of an MCP tool, a link that answers with a picture.
import type { Request } from "./engine";
import type { Scenario, State } from "./state";
import { DEFAULT_HORIZON } from "./state";

/** The body of POST /simulate for a scenario: only what differs from the defaults, and the series on show. */
export function requestOf(state: State, scenario: Scenario): Request {
  const request: Request = { ...scenario.values };
  if (state.horizon !== DEFAULT_HORIZON) request.forecast_length_days = state.horizon;
  request.output = [...new Set(state.charts)];
  return request;
}

export function curl(origin: string, request: Request): string {
  // A quote within single quotes of a shell.
  const body = JSON.stringify(request).replaceAll("'", `'\\''`);
  return `curl -s ${origin}/simulate \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
}

export function csvLink(origin: string, request: Request): string {
  return `curl -s '${origin}/simulate?${query(request)}' -H 'accept: text/csv'`;
}

export function picture(origin: string, state: State, request: Request, theme: string): string {
  const { output: _, ...assumptions } = request;
  const series = state.charts[0] ?? "1y_sector_roi";
  return `${origin}/plot.svg?${query({ series, ...assumptions, theme })}`;
}

export function mcpCall(request: Request): string {
  const { output, ...assumptions } = request;
  const call = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "simulate", arguments: { ...assumptions, requested_metrics: output } },
  };
  return JSON.stringify(call, null, 2);
}

function query(request: Request): string {
  const parts = Object.entries(request).map(([name, value]) => `${name}=${encodeURIComponent(String(value)).replaceAll("%2C", ",")}`);
  return parts.join("&");
}

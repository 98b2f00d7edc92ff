// Has the scheme's own library judge signed webhooks: node webhooks.mjs < LINES, as the example `signed` of the crate jobs prints
// them. A body that was changed must be refused.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

let judged = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { secret, id, timestamp, signature, body } = JSON.parse(line);
  const webhook = new Webhook(secret);
  const headers = { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  const accepts = (body) => {
    try {
      // It also reads the body as JSON where it is some.
      webhook.verify(body, headers);
      return true;
    } catch (error) {
      return error instanceof SyntaxError;
    }
  };
  if (!accepts(body)) throw new Error(`refused: ${id} ${signature}`);
  if (accepts(`${body} `)) throw new Error(`a changed body is accepted: ${id}`);
  judged += 1;
}
if (judged < 12) throw new Error(`only ${judged} webhooks were judged`);
console.log(`standardwebhooks (npm) accepts ${judged} webhooks, and none that was changed`);

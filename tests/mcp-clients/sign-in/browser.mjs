// What a person does in a browser on the consent page, without one: opens it, pastes a key, sends the form.

// Follows the page at `address` with `key`; gives where the answer leads, which is the client's callback.
export async function signIn(address, key) {
  const page = await fetch(address, { redirect: "manual" });
  const html = await page.text();
  if (page.status !== 200) throw new Error(`no consent page but ${page.status}: ${page.headers.get("location") ?? html}`);
  const form = new URLSearchParams();
  for (const [input] of html.matchAll(/<input [^>]*>/g)) {
    const name = attribute(input, "name");
    if (name === "key") form.append(name, key);
    else if (attribute(input, "type") !== "checkbox" || / checked/.test(input)) form.append(name, attribute(input, "value"));
  }
  form.append("decision", "allow");
  const answer = await fetch(new URL("/authorize", address), {
    method: "POST", redirect: "manual", body: form,
    headers: {
      cookie: page.headers.get("set-cookie").split(";")[0],
      origin: new URL(address).origin,
      "sec-fetch-site": "same-origin",
    },
  });
  if (answer.status !== 303) throw new Error(`the form was answered with ${answer.status}: ${await answer.text()}`);
  return answer.headers.get("location");
}

function attribute(tag, name) {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
}

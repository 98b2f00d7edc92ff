// An assistant's application as a page: the official SDK's bridge around a sandboxed frame. Bundled and run in the browser.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

/** Shows a view in a frame without origin, under the policy that hosts give by default. */
window.show = async ({ html, theme, serverTools, tool }) => {
  const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'none'";
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style = "width: 100%; height: 900px; border: 0";
  document.body.append(frame);
  const bridge = new AppBridge(null, { name: "test-host", version: "1" }, serverTools ? { serverTools: {} } : {}, {
    hostContext: { theme, displayMode: "inline", locale: "en-US" },
  });
  const events = { calls: [], sizes: [], contexts: [] };
  const initialized = new Promise((done) => (bridge.oninitialized = done));
  bridge.onsizechange = (size) => events.sizes.push(size);
  bridge.onupdatemodelcontext = async (context) => (events.contexts.push(context), {});
  bridge.oncalltool = async (call) => {
    events.calls.push(call);
    return window.callTool(call);
  };
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = html.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${policy}">`);
  await initialized;
  await bridge.sendToolInput({ arguments: tool.arguments });
  await bridge.sendToolResult(tool.result);
  Object.assign(window, { bridge, events, teardown: () => bridge.teardownResource({}) });
};

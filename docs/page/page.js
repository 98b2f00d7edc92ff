// A file of its own, because the page's policy allows no script inside the page.
if (window.SwaggerUIBundle) {
  SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null, tryItOutEnabled: true });
} else {
  // Deployed without the console's scripts: a plain list of the paths says the same, without the forms.
  fetch("/openapi.json").then((reply) => reply.json()).then((api) => {
    const list = document.createElement("dl");
    const add = (tag, text) => (list.appendChild(document.createElement(tag)).textContent = text);
    for (const [path, operations] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        add("dt", `${method.toUpperCase()} ${path}`);
        add("dd", operation.summary);
      }
    }
    const title = document.createElement("h1");
    title.textContent = `${api.info.title} ${api.info.version}`;
    document.getElementById("api").append(title, list);
  });
}

// The API's own description, readable without anything from elsewhere.

import { byId, element, show } from "/static/page.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

const description = await (await fetch("/openapi.json")).json();
byId("operations").replaceChildren(...Object.entries(description.paths).flatMap(operations));
byId("schemas").replaceChildren(
  ...Object.entries(description.components.schemas)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, schema]) => folded(element("code", { text: name }), [json(schema)], `schema-${name}`)),
);
byId("content").ariaBusy = "false";
show(byId("content"), true);

function operations([path, methods]) {
  return METHODS.filter((method) => method in methods).map((method) => {
    const operation = methods[method];
    const title = element("span", {}, [
      element("span", { text: method.toUpperCase(), classes: "method" }),
      element("code", { text: path }),
    ]);
    return folded(title, [
      element("p", { text: operation.description ?? operation.summary }),
      ...(operation.parameters ?? []).map(parameter),
      ...body(operation.requestBody),
      element("ul", {}, Object.entries(operation.responses).map(response)),
    ]);
  });
}

function parameter({ name, in: place, required, description: text }) {
  const words = [place, required ? "required" : "optional", text].filter(Boolean).join(" · ");
  return element("p", {}, [element("code", { text: name }), ` ${words}`]);
}

function body(request) {
  if (!request) return [];
  const types = Object.entries(request.content).map(([type, { schema }]) =>
    element("li", {}, [element("code", { text: type }), " ", ...references(schema)]),
  );
  return [element("p", { text: "Body" }), element("ul", {}, types)];
}

function response([status, { description: text, content = {} }]) {
  const schemas = Object.values(content).flatMap(({ schema }) => references(schema ?? {}));
  return element("li", {}, [element("code", { text: status }), ` ${text} `, ...schemas]);
}

function references(schema) {
  const names = [schema, ...(schema.anyOf ?? [])].map((one) => one.$ref?.split("/").at(-1));
  return names
    .filter(Boolean)
    .flatMap((name) => [element("a", { text: name, href: `#schema-${name}` }), " "]);
}

function folded(title, children, id = "") {
  const summary = element("summary", {}, [title]);
  return element("details", id ? { id } : {}, [summary, ...children]);
}

function json(schema) {
  return element("pre", {}, [element("code", { text: JSON.stringify(schema, null, 2) })]);
}

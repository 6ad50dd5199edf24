// Draws openapi.json as a page. Knows OpenAPI 3.1 as far as this API uses it, and nothing of this API.
"use strict";

let components = {};

/** An element with attributes and children; text stays text, so nothing in the description can become markup. */
function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Text in which `this` is code. */
function prose(text) {
  const pieces = (text || "").split("`").map((piece, at) => (at % 2 ? element("code", {}, piece) : piece));
  return element("span", {}, ...pieces);
}

function resolved(schema) {
  return schema && schema.$ref ? components[schema.$ref.split("/").pop()] : schema;
}

/** The type in a few words: `string(date) or null`. */
function typeOf(schema) {
  if (!schema) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.oneOf || schema.anyOf) return (schema.oneOf || schema.anyOf).map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  const types = [schema.type || "anything"].flat().join(" or ");
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  return schema.format ? `${types} (${schema.format})` : types;
}

/** The type in words; a named one leads to its description. */
function typeShown(schema) {
  const words = typeOf(schema);
  const named = schema && (schema.$ref || (schema.items && schema.items.$ref));
  return named ? element("a", { href: `#model-${named.split("/").pop()}` }, words) : words;
}

function table(head, rows) {
  const header = element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)));
  const lines = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element("div", { class: "scroll" }, element("table", {}, element("thead", {}, header), element("tbody", {}, ...lines)));
}

function code(text) {
  return element("code", {}, text);
}

function parameters(operation) {
  if (!operation.parameters) return [];
  const rows = operation.parameters.map((p) => [code(p.name), p.in, typeShown(p.schema), prose(p.description)]);
  return [element("h4", {}, "Parameters"), table(["Name", "In", "Type", "Meaning"], rows)];
}

function fields(schema) {
  const object = resolved(schema);
  if (!object || !object.properties) return element("p", {}, typeOf(schema));
  const required = object.required || [];
  const rows = Object.entries(object.properties).map(([name, field]) => {
    const description = field.description || (resolved(field) || {}).description || "";
    const optional = required.includes(name) ? "" : element("small", {}, " optional");
    return [element("span", {}, code(name), optional), typeShown(field), prose(description)];
  });
  return table(["Field", "Type", "Meaning"], rows);
}

function body(operation) {
  if (!operation.requestBody) return [];
  const content = Object.values(operation.requestBody.content)[0];
  return [element("h4", {}, `Body: ${typeOf(content.schema)}`), fields(content.schema)];
}

function response([status, { description, content }]) {
  const what = element("span", {}, content ? "" : "nothing");
  for (const [type, { schema }] of Object.entries(content || {})) {
    what.append(what.childNodes.length > 1 ? ", " : "", typeShown(schema), type === "application/json" ? "" : ` as ${type}`);
  }
  return [code(status), prose(description), what];
}

/** What a call answers; what can go wrong is folded, as it is much the same everywhere. */
function responses(operation) {
  const all = Object.entries(operation.responses);
  const [good, bad] = [true, false].map((wanted) => all.filter(([status]) => (status < 400) === wanted));
  const head = ["Status", "When", "What"];
  const shown = [element("h4", {}, "Answers"), table(head, good.map(response))];
  if (!bad.length) return shown;
  const errors = element("summary", {}, `Errors: ${bad.map(([status]) => status).join(", ")}`);
  return [...shown, element("details", {}, errors, table(head, bad.map(response)))];
}

/** A value that fits the schema: what must be there and nothing else. */
function example(schema) {
  const { properties, required = [], enum: words, type } = resolved(schema) || {};
  if (properties) return Object.fromEntries(required.map((name) => [name, example(properties[name])]));
  if (words) return words[0];
  return { string: "…", integer: 1, number: 1, boolean: true, array: [] }[[type].flat()[0]] ?? null;
}

/** The call for a shell; `base` is where this page comes from. */
function command(path, method, operation) {
  const base = new URL(".", document.baseURI).origin;
  const isOpen = (operation.security || []).some((way) => !Object.keys(way).length);
  const lines = [`curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${base}${path}`];
  if (!isOpen) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (operation.requestBody) {
    const schema = Object.values(operation.requestBody.content)[0].schema;
    lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example(schema))}'`);
  }
  return element("pre", { class: "scroll", tabindex: "0", "aria-label": "As a command" }, lines.join(" \\\n  "));
}

function call(path, method, operation) {
  const heading = element("h3", {}, element("span", { class: `method ${method}` }, method.toUpperCase()), " ", path);
  const texts = [operation.summary, operation.description].filter(Boolean).map((text) => element("p", {}, prose(text)));
  return element("article", { id: operation.operationId }, heading, ...texts, command(path, method, operation), ...parameters(operation), ...body(operation), ...responses(operation));
}

/** Every call as `{path, method, operation}`. */
function callsOf(description) {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
}

function section(tag, calls) {
  return [element("h2", {}, tag.description), ...calls.map((c) => call(c.path, c.method, c.operation))];
}

function contents(tag, calls) {
  const links = calls.map(({ path, method, operation }) =>
    element("li", {}, element("a", { href: `#${operation.operationId}` }, element("span", { class: `method ${method}` }, method.toUpperCase()), code(path), element("small", {}, operation.summary || ""))));
  return element("div", {}, element("h2", {}, tag.description), element("ul", {}, ...links));
}

function models() {
  const drawn = Object.entries(components).map(([name, schema]) =>
    element("article", { id: `model-${name}` }, element("h3", {}, name), element("p", {}, prose(schema.description)), fields(schema)));
  return [element("h2", {}, "Types"), ...drawn];
}

function draw(description) {
  components = description.components.schemas;
  const calls = callsOf(description);
  document.getElementById("title").textContent = `${description.info.title} ${description.info.version}`;
  document.getElementById("about").replaceChildren(prose(description.info.description), " ", element("a", { href: "openapi.json" }, "openapi.json"));
  const tagged = (tag) => calls.filter((c) => c.operation.tags.includes(tag.name));
  document.getElementById("contents").append(...description.tags.map((tag) => contents(tag, tagged(tag))));
  const sections = description.tags.flatMap((tag) => section(tag, tagged(tag)));
  document.getElementById("calls").append(...sections, ...models());
}

fetch("openapi.json")
  .then((answer) => answer.json())
  .then(draw)
  .catch((why) => { document.getElementById("about").textContent = `openapi.json could not be read: ${why}`; });

// Renders the API's document. Everything is made of text nodes: nothing in the
// document is taken for HTML.
"use strict";

const methods = ["get", "post", "patch", "delete"];
let api;

// el makes an element; attributes in an object, then children or text.
function el(name, attrs, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attrs || {})) e.setAttribute(k, v);
  e.append(...children.flat().filter((c) => c !== undefined && c !== null));
  return e;
}

// inline turns `code` and **strong** into elements.
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
    return part;
  });
}

// prose turns paragraphs and lists into elements.
function prose(text) {
  return (text || "").trim().split(/\n\s*\n/).filter(Boolean).map((block) => {
    if (!block.startsWith("* ")) return el("p", {}, inline(block));
    return el("ul", {}, block.slice(2).split(/\n\* /).map((item) => el("li", {}, inline(item.replace(/\n\s+/g, " ")))));
  });
}

function nameOf(ref) { return ref.split("/").pop(); }

function resolve(o) {
  while (o && o.$ref) o = o.$ref.slice(2).split("/").reduce((at, key) => at[key.replace(/~1/g, "/")], api);
  return o;
}

// typeOf says in a few words what a schema takes; named schemas are links.
function typeOf(schema) {
  if (!schema) return ["anything"];
  if (schema.$ref) return [el("a", { href: "#schema-" + nameOf(schema.$ref) }, nameOf(schema.$ref))];
  const alternatives = schema.oneOf || schema.anyOf;
  if (alternatives) return alternatives.flatMap((s, i) => (i ? [" or ", ...typeOf(s)] : typeOf(s)));
  if (schema.allOf) return schema.allOf.flatMap((s, i) => (i ? [" and ", ...typeOf(s)] : typeOf(s)));
  if (schema.enum) return schema.enum.flatMap((v, i) => [i ? " | " : "", el("code", {}, JSON.stringify(v))]);
  const type = [].concat(schema.type || "anything").join(" or ");
  if (type === "array") return ["array of ", ...typeOf(schema.items)];
  if (type === "object" && schema.additionalProperties && schema.additionalProperties !== true) {
    return ["object of ", ...typeOf(schema.additionalProperties)];
  }
  return [type + limits(schema)];
}

function limits(s) {
  const out = [];
  if (s.minimum !== undefined) out.push("≥ " + s.minimum);
  if (typeof s.exclusiveMinimum === "number") out.push("> " + s.exclusiveMinimum);
  if (s.maximum !== undefined) out.push("≤ " + s.maximum);
  if (s.maxLength !== undefined) out.push("at most " + s.maxLength + " characters");
  if (s.pattern) out.push(s.pattern);
  if (s.default !== undefined) out.push("default " + JSON.stringify(s.default));
  return out.length ? " (" + out.join(", ") + ")" : "";
}

function row(name, required, schema, description) {
  return el("tr", {},
    el("td", {}, el("code", {}, name), required ? [" ", el("span", { class: "need" }, "needed")] : []),
    el("td", { class: "type" }, typeOf(schema)),
    el("td", {}, inline(description || "")));
}

function table(head, rows) {
  return el("table", {}, el("thead", {}, el("tr", {}, head.map((h) => el("th", {}, h)))), el("tbody", {}, rows));
}

// shape shows the members of an object, or what else a schema is.
function shape(schema) {
  const parts = schema.allOf ? schema.allOf.map(resolve) : [schema];
  const rows = [];
  for (const part of parts) {
    const needed = part.required || [];
    for (const [name, s] of Object.entries(part.properties || {})) {
      rows.push(row(name, needed.includes(name), s, s.description || (s.$ref && resolve(s).description)));
    }
  }
  if (rows.length) return [table(["Member", "Type", ""], rows)];
  return [el("p", { class: "type" }, typeOf(schema))];
}

// curl is the request as a line for a shell.
function curl(method, path, body, type) {
  const url = location.origin + path.replace(/{study}/g, "mnist").replace(/{number}/g, "0");
  if (body === undefined) return "curl " + (method === "get" ? "" : "-X " + method.toUpperCase() + " ") + url;
  const data = "'" + JSON.stringify(body).replace(/'/g, "'\\''") + "'";
  if (method === "post" && type === "application/json") return "curl " + url + " --json " + data;
  return "curl -X " + method.toUpperCase() + " " + url + " -H 'Content-Type: " + type + "' -d " + data;
}

function parameters(item, op) {
  const all = [...(item.parameters || []), ...(op.parameters || [])].map(resolve);
  if (!all.length) return [];
  return [el("h4", {}, "Parameters"), table(["Name", "Type", ""], all.map((p) =>
    row(p.name, p.required, p.schema, "In the " + p.in + ". " + (p.description || ""))))];
}

function requestOf(op, method, path) {
  const out = [];
  if (!op.requestBody) return [el("h4", {}, "Example"), el("pre", {}, el("code", {}, curl(method, path)))];
  for (const [type, content] of Object.entries(op.requestBody.content)) {
    out.push(el("h4", {}, "Body", op.requestBody.required ? "" : " (may be left out)"),
      el("p", { class: "type" }, el("code", {}, type), ": ", typeOf(content.schema)));
    const lines = Object.values(content.examples || {}).map((e) => curl(method, path, e.value, type));
    if (lines.length) out.push(el("h4", {}, "Examples"), el("pre", {}, el("code", {}, lines.join("\n\n"))));
  }
  return out;
}

function responses(op) {
  const rows = Object.entries(op.responses).map(([status, r]) => {
    r = resolve(r);
    const content = Object.entries(r.content || {});
    return el("tr", {}, el("td", {}, el("code", {}, status === "default" ? "4xx, 5xx" : status)),
      el("td", { class: "type" }, content.flatMap(([type, c], i) => [i ? el("br") : "", el("code", {}, type), " ", ...typeOf(c.schema)])),
      el("td", {}, inline(r.description || "")));
  });
  const out = [el("h4", {}, "Answers"), table(["Status", "Body", ""], rows)];
  if (op["x-problems"]) {
    out.push(el("p", { class: "note" }, "Problems of its own: ", op["x-problems"].flatMap((code, i) =>
      [i ? ", " : "", el("a", { href: "/problems/" + code }, code)])));
  }
  return out;
}

function operation(path, item, method, op) {
  return el("section", { class: "op", id: op.operationId },
    el("h3", {}, op.summary),
    el("p", { class: "route" }, el("code", {}, el("span", { class: "method " + method }, method.toUpperCase()), path)),
    prose(op.description), parameters(item, op), requestOf(op, method, path), responses(op));
}

function schemaSection(name, schema) {
  return el("section", { class: "schema", id: "schema-" + name },
    el("h3", {}, name), prose(schema.description), shape(schema));
}

function render() {
  const main = document.getElementById("main"), nav = document.getElementById("nav");
  main.replaceChildren(el("h1", {}, api.info.title), el("p", {}, el("strong", {}, api.info.summary || "")), ...prose(api.info.description),
    el("p", { class: "note" }, "The document: ", el("a", { href: "/openapi.yaml" }, "YAML"), ", ", el("a", { href: "/openapi.json" }, "JSON"), "."));
  for (const tag of api.tags) {
    main.append(el("h2", { class: "tag" }, tag.name), el("p", {}, inline(tag.description || "")));
    const group = el("div", { class: "group" }, el("h2", {}, tag.name));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of methods.filter((m) => item[m] && item[m].tags[0] === tag.name)) {
        const op = item[method];
        main.append(operation(path, item, method, op));
        group.append(el("a", { href: "#" + op.operationId, title: op.summary },
          el("span", { class: "method " + method }, method.toUpperCase()), path.split("/").pop()));
      }
    }
    nav.append(group);
  }
  main.append(el("h2", { class: "tag" }, "Schemas"));
  const group = el("div", { class: "group" }, el("h2", {}, "Schemas"));
  for (const name of Object.keys(api.components.schemas).sort()) {
    main.append(schemaSection(name, api.components.schemas[name]));
    group.append(el("a", { href: "#schema-" + name }, name));
  }
  nav.append(group);
  document.getElementById("filter").addEventListener("input", (e) => {
    const text = e.target.value.toLowerCase();
    for (const a of nav.querySelectorAll("a")) a.hidden = !(a.textContent + a.title).toLowerCase().includes(text);
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

fetch("/openapi.json").then((r) => r.json()).then((doc) => {
  api = doc;
  render();
});

// Generates src/generated from openapi/openapi.yaml: the types, and where in an answer the numbers are that JSON
// cannot carry. A number in the types is a number at run time, NaN and the infinities included.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { parse } from "yaml";

const source = new URL("../../../openapi/openapi.yaml", import.meta.url);
const target = new URL("../src/generated/", import.meta.url);
const header = "// Generated from openapi/openapi.yaml by tools/generate.js. Do not edit.\n\n";
const METHODS = new Set(["get", "put", "post", "patch", "delete"]);

const document = parse(await readFile(source, "utf8"));

const types = await openapiTS(source, { defaultNonNullable: false, transform });
await writeFile(new URL("openapi.ts", target), header + astToString(types));

/** A Float is a number, and a list that may grow takes any string while an editor still offers those that are known. */
function transform(schema, { path }) {
  const f = ts.factory;
  if (path?.endsWith("/schemas/Float")) {
    return f.createTypeReferenceNode("number");
  }
  if (schema["x-extensible-enum"] && schema.enum) {
    const known = schema.enum.map((value) => f.createLiteralTypeNode(f.createStringLiteral(value)));
    const other = f.createIntersectionTypeNode([f.createTypeReferenceNode("string"), f.createTypeLiteralNode([])]);
    return f.createUnionTypeNode([...known, f.createParenthesizedType(other)]);
  }
  return undefined;
}

/** The shape of a schema: "Float", the name of another shape, a shape for each member, or one for some; undefined without a Float. */
function shapeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return name === "Float" || shapes[name] !== undefined ? name : undefined;
  }
  if (schema.allOf) {
    return members(Object.assign({}, ...schema.allOf.map((part) => resolve(part).properties)));
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const found = choices.map((choice) => shapeOf(resolve(choice)));
    if (found.some((shape) => JSON.stringify(shape) !== JSON.stringify(found[0]))) {
      throw new Error(`the choices ${JSON.stringify(choices)} hold numbers in different places`);
    }
    return found[0];
  }
  const each = schema.items ?? schema.additionalProperties;
  if (each && each !== true) {
    const shape = shapeOf(each);
    return shape && { each: shape };
  }
  return schema.properties && members(schema.properties);
}

function members(properties) {
  const found = Object.entries(properties).flatMap(([name, schema]) => {
    const shape = shapeOf(schema);
    return shape ? [[name, shape]] : [];
  });
  return found.length > 0 ? { members: Object.fromEntries(found) } : undefined;
}

function resolve(schema) {
  return schema.$ref ? document.components.schemas[schema.$ref.split("/").at(-1)] : schema;
}

// A schema may refer to itself, so shapes are worked out until no more are found.
const shapes = {};
for (let before = -1; before < Object.keys(shapes).length; ) {
  before = Object.keys(shapes).length;
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    const shape = name === "Float" ? undefined : shapeOf(schema);
    if (shape !== undefined) {
      shapes[name] = shape;
    }
  }
}

const answers = {};
const keyed = [];
for (const [path, item] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (!METHODS.has(method)) {
      continue;
    }
    const name = `${method.toUpperCase()} ${path}`;
    if (operation.parameters?.some(({ $ref }) => $ref?.endsWith("/IdempotencyKey"))) {
      keyed.push(name);
    }
    const schemas = Object.values(operation.responses).flatMap(
      (response) => response.content?.["application/json"]?.schema ?? [],
    );
    const shape = schemas.length > 0 ? shapeOf(schemas[0]) : undefined;
    if (shape) {
      answers[name] = shape;
    }
  }
}

const used = new Set();
(function use(shape) {
  if (typeof shape === "object") {
    for (const part of shape.each ? [shape.each] : Object.values(shape.members ?? shape)) {
      use(part);
    }
  } else if (shape !== "Float" && !used.has(shape)) {
    used.add(shape);
    use(shapes[shape]);
  }
})(answers);

const table = (entries) =>
  `{\n${entries.map(([name, shape]) => `  ${JSON.stringify(name)}: ${JSON.stringify(shape)},\n`).join("")}}`;
await writeFile(
  new URL("document.ts", target),
  `${header}/** Where a value holds numbers: it is one, each of its members does, or some do. A name stands for an entry of \`shapes\`. */
export type Shape = string | { readonly each: Shape } | { readonly members: Readonly<Record<string, Shape>> };

export const shapes: Readonly<Record<string, Shape>> = ${table(Object.entries(shapes).filter(([name]) => used.has(name)))};

export const answers: Readonly<Record<string, Shape>> = ${table(Object.entries(answers))};

/** The operations that take an Idempotency-Key. */
export const keyed: ReadonlySet<string> = new Set(${JSON.stringify(keyed, null, 2)});

/** The version of the document, and of this package. */
export const version = ${JSON.stringify(document.info.version)};
`,
);

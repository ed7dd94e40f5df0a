import { answers, type Shape, shapes } from "./generated/document.ts";

const numbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** Writes JSON in which NaN and the infinities are the strings that the document has for them. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_, v) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v));
}

/**
 * Turns those strings back into numbers where the answer to `operation` has numbers, in place. A categorical choice
 * or an attr that happens to be "NaN" stays the string it is.
 */
export function decode(operation: string, answer: unknown): unknown {
  const shape = answers[operation];
  return shape === undefined ? answer : revive(shape, answer);
}

function revive(shape: Shape, value: unknown): unknown {
  if (shape === "Float") {
    return typeof value === "string" ? (numbers[value] ?? value) : value;
  }
  if (typeof shape === "string") {
    const named = shapes[shape];
    return named === undefined ? value : revive(named, value);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const members = value as Record<string, unknown>;
  if ("each" in shape) {
    for (const name of Object.keys(members)) {
      members[name] = revive(shape.each, members[name]);
    }
    return value;
  }
  for (const [name, part] of Object.entries(shape.members)) {
    if (members[name] !== undefined) {
      members[name] = revive(part, members[name]);
    }
  }
  return value;
}

import type { components, paths } from "./generated/openapi.ts";

/** The document's schemas by name; what they hold is named as on the wire. */
export type Schemas = components["schemas"];

type Method = "get" | "put" | "post" | "patch" | "delete";

/** An operation of the document: its method and its path, such as `"GET /v1/studies/{study}"`. */
export type Operation = {
  [P in keyof paths]: {
    [M in Method]: paths[P][M] extends { responses: unknown } ? `${Uppercase<M>} ${P}` : never;
  }[Method];
}[keyof paths];

type Described<O extends Operation> = O extends `${infer M} ${infer P extends keyof paths}`
  ? paths[P][Lowercase<M> & Method]
  : never;

type Parameters<O extends Operation, In extends string> =
  Described<O> extends { parameters: infer P } ? (In extends keyof P ? P[In] : never) : never;

type Body<O extends Operation> =
  Described<O> extends { requestBody?: infer B }
    ? NonNullable<B> extends { content: infer C }
      ? "application/x-ndjson" extends keyof C
        ? Archive
        : C[keyof C]
      : never
    : never;

/** What an import takes: what an export with the table `all` gave. */
export type Archive = string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

/** A member that is left out, may be left out, or must be there, as its type asks. */
type Member<Name extends string, T, Optional = false> = [T] extends [undefined]
  ? { [K in Name]?: never }
  : Optional extends true
    ? { [K in Name]?: T }
    : Partial<T> extends T
      ? { [K in Name]?: T }
      : { [K in Name]: T };

type BodyOptional<O extends Operation> =
  Described<O> extends { requestBody: infer B } ? (undefined extends B ? true : false) : true;

/** What an operation takes: parameters in the path, the query and the headers, and a body, each with the document's names. */
export type Input<O extends Operation> = Member<"path", Exclude<Parameters<O, "path">, undefined>> &
  Member<"query", Exclude<Parameters<O, "query">, undefined>> &
  Member<"headers", Exclude<Parameters<O, "header">, undefined>> &
  Member<"body", Body<O>, BodyOptional<O>>;

type Success<O extends Operation> =
  Described<O> extends { responses: infer R }
    ? {
        [S in keyof R]: S extends 200 | 201
          ? R[S] extends { content: { "application/json": infer T } }
            ? T
            : never
          : S extends 204
            ? undefined
            : never;
      }[keyof R]
    : never;

/** The operations that answer JSON, or nothing; the others stream. */
export type JSONOperation = { [O in Operation]: [Success<O>] extends [never] ? never : O }[Operation];

/** What an operation answers. */
export type Output<O extends JSONOperation> = Success<O>;

/** The query of an operation. */
export type Query<O extends Operation> = NonNullable<Parameters<O, "query">>;

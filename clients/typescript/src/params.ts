import type { Schemas } from "./operations.ts";

export type SearchSpace = Schemas["SearchSpace"];
export type Params = Schemas["Params"];

type Value<D> = D extends { type: "categorical"; choices: readonly (infer C)[] } ? C : number;

/**
 * The params that a search space gives: a number for each float and int, one of the choices for each categorical.
 * Those with a `when` may be absent. Of a search space that is not written out where it is given, any params.
 */
export type ParamsOf<S> = string extends keyof S
  ? Params
  : { -readonly [N in keyof S as S[N] extends { when: unknown } ? never : N]: Value<S[N]> } & {
      -readonly [N in keyof S as S[N] extends { when: unknown } ? N : never]?: Value<S[N]>;
    };

/**
 * A condition on a payload, as it was written in a rule: see `docs/delivery.md` for the language.
 * `index` is where a part begins in the text; the first character is 0.
 */
export type Expression =
  | { readonly kind: 'literal'; readonly index: number; readonly value: Scalar }
  | { readonly kind: 'field'; readonly index: number; readonly path: FieldPath }
  | { readonly kind: 'exists'; readonly index: number; readonly path: FieldPath }
  | { readonly kind: 'not'; readonly index: number; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly index: number; readonly operands: readonly Expression[] }
  | {
      readonly kind: 'comparison';
      readonly index: number;
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'membership';
      readonly index: number;
      readonly operand: Expression;
      readonly options: readonly Scalar[];
    };

/** What can be compared. */
export type Scalar = number | string | boolean | null;

/** How two values are compared. */
export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** From the whole payload inwards: names of members, and places in lists. Empty for the payload itself. */
export type FieldPath = readonly (string | number)[];

/** What is wrong with a text, and where. */
export interface TextFault {
  /** The first character is 0; the length of the text where something is missing at its end. */
  readonly index: number;
  readonly message: string;
}

/** Longest condition, in characters. */
export const MAX_EXPRESSION_CHARACTERS = 2000;
/** Parentheses and `not` within each other. */
export const MAX_EXPRESSION_DEPTH = 32;
/** Names and places of one field path. */
export const MAX_PATH_SEGMENTS = 16;

/** As people count: the first character is 1. */
export function formatFault({ index, message }: TextFault): string {
  return `at character ${index + 1}: ${message}`;
}

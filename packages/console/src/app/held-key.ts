/**
 * The client key that was typed or made last, for the playground: in memory alone, and gone with
 * the page. A secret in the browser's storage would outlive the session that may see it.
 */
let held = '';

export const heldKey = (): string => held;
export const holdKey = (secret: string): void => {
  held = secret;
};

/** Asks for one in so many words: the toy judges nothing, and callers have to be seen to cope. */
export const wantsRefusal = (text: string): boolean => /\bplease refuse\b/i.test(text);

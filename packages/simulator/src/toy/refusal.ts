/** Asks for one in so many words: the toy judges nothing, and callers have to be seen to cope. */
export const wantsRefusal = (text: string): boolean => /\bplease refuse\b/i.test(text);

export const refusalText = '[simulated] I will not answer this, as you asked me to refuse.';

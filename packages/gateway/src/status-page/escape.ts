const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What XML 1.0 takes at all, and nothing that turns the direction of a text. */
const UNFIT =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

/** Text as HTML and XML show it, and never as anything else. */
export const escaped = (text: string): string =>
  text.replaceAll(UNFIT, '\u{fffd}').replaceAll(/[&<>"']/g, (one) => entities[one] ?? '');
